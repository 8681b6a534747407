"""What a community's credentials are given for, by each version of its charter."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from badges.documents.achievement import achievement, achievement_in_full, reached, versions_of

if TYPE_CHECKING:
    from badges.documents.achievement import Reached
    from projections import Charter, Standings

_KEPT = 512  # of all communities; an achievement under a charter never changes


class Alike(NamedTuple):
    """What all credentials of one achievement under one charter say alike: fields of `AwardFacts`."""

    community_name: str
    achievement: dict[str, Any]
    community_description: str | None = None
    results: tuple[Reached, ...] = ()
    role: str | None = None


class Achievements:
    """The achievements of every community of one installation. Safe to share between threads."""

    def __init__(self, standings: Standings, base_url: str) -> None:
        """`base_url`: where the installation is reached."""
        self._standings = standings
        self._base = base_url
        self._kept = lru_cache(_KEPT)(self._alike)

    def present(self, community: str, kind: str, name: str, issuer: str, charter: int | None = None) -> dict[str, Any]:
        """Return the OB 3.0 Achievement by the charter in force, or by the one of that number.

        Raises `KeyError` for a badge, or a level or role with a credential, that the charter does not have.
        """
        if charter is not None:
            return self.alike(community, kind, name, charter, issuer).achievement
        charters = self._standings.charters(community)
        return achievement_in_full(charters, kind, name, base_url=self._base, community=community, issuer=issuer)

    def charter_of(self, community: str, kind: str, name: str, version: str | None = None) -> Charter:
        """Return the charter in force, or the last that had this version of what a credential is given for.

        Raises `KeyError` where it gives no such credential.
        """
        charters = self._standings.charters(community)
        if version is None:
            if (kind, name) not in charters[-1].recognised():
                raise KeyError(name)
            return charters[-1]
        having = [charter for charter, each in versions_of(charters, kind, name) if each == version]
        if not having:
            raise KeyError(version)
        return having[-1]

    def alike(self, community: str, kind: str, name: str, charter: int, issuer: str, edition: int = 3) -> Alike:
        """Return what credentials of an edition say alike, which is not to be changed. Raises as `present` does."""
        return self._kept(community, kind, name, charter, issuer, edition)

    def _alike(self, community: str, kind: str, name: str, number: int, issuer: str, edition: int) -> Alike:
        charter = self._standings.charter_version(community, number)
        where = {"base_url": self._base, "community": community}
        if edition == 1:
            outcomes = {one["outcome"]: one["can"] for one in charter.document.get("outcomes", ())}
            return Alike(charter.name, achievement(charter.by("badges", "badge")[name], outcomes=outcomes, **where))
        charters = self._standings.charters_until(community, number)
        return Alike(
            charter.name,
            achievement_in_full(charters, kind, name, issuer=issuer, edition=edition, **where),
            charter.document.get("domain", {}).get("statement"),
            reached(charter, kind, name, **where),
            charter.by("leader_roles", "role")[name]["name"] if kind == "role" else None,
        )
