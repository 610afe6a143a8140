"""The only room that has heard of mitmproxy: the street door of the gateway."""
