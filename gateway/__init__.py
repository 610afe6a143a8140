"""Leadglass: looks into uploads to AI services, keeps patients out of them, and can prove it."""

from importlib.metadata import version

__version__ = version("leadglass")
