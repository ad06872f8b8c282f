"""What mcp-agent warns of when it is imported is not ours to judge."""

from __future__ import annotations

import importlib
import warnings
from contextlib import suppress

with warnings.catch_warnings(), suppress(ImportError):
    warnings.simplefilter("ignore")
    importlib.import_module("mcp_agent.app")
    importlib.import_module("mcp_agent.server.app_server")
