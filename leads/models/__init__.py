from leads.models.account import Account, AccountDomain, DomainClaim, LostDeal, Opportunity
from leads.models.alert import Alert
from leads.models.arrival import Arrival
from leads.models.assignment import Assignment
from leads.models.conversation import Conversation
from leads.models.crm_meeting import CrmMeeting
from leads.models.crm_pull import CrmPull
from leads.models.crm_record import CrmRecord, CrmUser, OwnerOverride, UnownedCrmLead
from leads.models.delivery import Delivery
from leads.models.event import LeadEvent
from leads.models.identification import Identification
from leads.models.lead import Lead
from leads.models.past_lead import PastLead
from leads.models.reason import Reason, Track
from leads.models.rule_set import Draft, RuleSet
from leads.models.sent_back import SentBack
from leads.models.signal import IntentSignal
from leads.models.suppression import Suppression
from leads.models.team import Rep, Team
from leads.models.territory import Territory
from leads.models.vendor_health import VendorHealth

__all__ = [
    "Account",
    "AccountDomain",
    "Alert",
    "Arrival",
    "Assignment",
    "Conversation",
    "CrmMeeting",
    "CrmPull",
    "CrmRecord",
    "CrmUser",
    "Delivery",
    "DomainClaim",
    "Draft",
    "Identification",
    "IntentSignal",
    "Lead",
    "LeadEvent",
    "LostDeal",
    "Opportunity",
    "OwnerOverride",
    "PastLead",
    "Reason",
    "Rep",
    "RuleSet",
    "SentBack",
    "Suppression",
    "Team",
    "Territory",
    "Track",
    "UnownedCrmLead",
    "VendorHealth",
]
