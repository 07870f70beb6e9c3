"""All that can be wrong with a minted token: `mint_token(fault=...)` takes the names in FAULTS."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from azuread_auth.errors import ConfigurationError
from azuread_auth.simulation.claim_faults import CLAIM_FAULTS
from azuread_auth.simulation.fault_case import Case, Fault
from azuread_auth.simulation.form_faults import FORM_FAULTS
from azuread_auth.simulation.header_faults import HEADER_FAULTS

__all__ = ["FAULTS", "Fault", "spoil"]

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType({**CLAIM_FAULTS, **HEADER_FAULTS, **FORM_FAULTS})
"""Each fault by name, with what is wrong and the reason for which strict settings refuse it."""


def spoil(name: str, case: Case) -> str:
    """The text of the token with that fault. Raises ConfigurationError for a name that is not in FAULTS."""
    fault = FAULTS.get(name)
    if fault is None:
        message = f"fault= is none that the simulated tenant has; expected one of {', '.join(FAULTS)}"
        raise ConfigurationError(message)
    return fault.spoil(case)
