"""The edges: intake, pages, downloads, verification and the command line."""

from __future__ import annotations

from api.app import create_app
from api.errors import ApiError, SettingsError
from api.settings import Settings

__all__ = ["ApiError", "Settings", "SettingsError", "create_app"]
