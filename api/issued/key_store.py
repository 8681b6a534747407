"""Where this installation's new issuer keys are made, by its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.errors import SettingsError
from ledger.hsm import HsmKeys
from ledger.key_stores import store_named

if TYPE_CHECKING:
    from api.settings import Settings
    from ledger.key_stores import KeyStore


def key_store(settings: Settings) -> KeyStore | None:
    """Return the store that `settings` name, None for the folder of keys.

    Raises `SettingsError`, and `LedgerError` where it cannot be had.
    """
    module, pin_file = settings.pkcs11_module, settings.pkcs11_pin_file
    if settings.key_store and module:
        raise SettingsError("GUILDBOOK_KEY_STORE: wanted it or GUILDBOOK_PKCS11_MODULE, got both")
    if settings.key_store:
        return store_named(settings.key_store, settings.data / "keys")
    if module is None:
        return None
    if pin_file is None:
        raise SettingsError("GUILDBOOK_PKCS11_PIN_FILE: wanted the file of the token's PIN, got none")
    return HsmKeys(module, settings.pkcs11_token, pin_file)
