"""What RevOps writes down about who fits and who works what, and what was decided by it."""

from routing.models.backtest import Backtest
from routing.models.decision import Decision
from routing.models.enrichment import (
    FIRMOGRAPHICS,
    MOST_VENDOR_SECONDS,
    Enquiry,
    EnrichmentAnswer,
    Vendor,
    VendorAnswer,
    all_firmographics,
)
from routing.models.intent import SignalKind, Source
from routing.models.names import AccountName, ChangedAccount, NameAnswer, NameGram
from routing.models.performance import PerformanceFit, PerformanceScore
from routing.models.pools import Absence, LoadCap, NamedList, Pool, Share, TurnCredit, Weight
from routing.profiles import IcpProfile, IcpProfileVersion, valid_criteria

__all__ = [
    "FIRMOGRAPHICS",
    "MOST_VENDOR_SECONDS",
    "Absence",
    "AccountName",
    "Backtest",
    "ChangedAccount",
    "Decision",
    "Enquiry",
    "EnrichmentAnswer",
    "IcpProfile",
    "IcpProfileVersion",
    "LoadCap",
    "NameAnswer",
    "NameGram",
    "NamedList",
    "PerformanceFit",
    "PerformanceScore",
    "Pool",
    "Share",
    "SignalKind",
    "Source",
    "TurnCredit",
    "Vendor",
    "VendorAnswer",
    "Weight",
    "all_firmographics",
    "valid_criteria",
]
