"""The sandbox provider: a wallet, its notices and its faults, so that a whole town can be tried without real money.

It knows Madoguchi only through the public provider API, as any real provider would. Serve it as one process:

    MADOGUCHI_SANDBOX_CONFIG=sandbox.json python -m madoguchi.gateways.sandbox
"""

from madoguchi.gateways.sandbox.application import create_app
from madoguchi.gateways.sandbox.configuration import SandboxConfig

__all__ = ["SandboxConfig", "create_app"]
