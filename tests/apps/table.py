"""Every app and tool that is driven through the gateway request by request."""

from tests.apps.app import App
from tests.apps.pages import PAGES
from tests.apps.tools import TOOLS

APPS: tuple[App, ...] = (*PAGES, *TOOLS)
