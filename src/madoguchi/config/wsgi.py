"""The WSGI application that gunicorn serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.config.settings")
application = get_wsgi_application()
# Else whoever asks first would wait for four seconds while every page's module is read, and again in the next process.
import_module(settings.ROOT_URLCONF)
