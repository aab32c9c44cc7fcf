"""The sandbox for a WSGI server: one process, threads as you like.

gunicorn --worker-class gthread --threads 8 -b 127.0.0.1:8001 madoguchi.gateways.sandbox.wsgi:app
"""

from madoguchi.gateways.sandbox.application import create_app
from madoguchi.gateways.sandbox.configuration import SandboxConfig

app = create_app(SandboxConfig.from_environment())
