"""All operations in one value, as the composition root hands them to portal and command line."""

from __future__ import annotations

from dataclasses import dataclass

from provd.operations.activity import Activity
from provd.operations.billing import Billing
from provd.operations.boots import Boots
from provd.operations.catalogue import Catalogue
from provd.operations.closing_accounts import ClosingAccounts
from provd.operations.debtors import Debtors
from provd.operations.directory import Directory
from provd.operations.discovery import Discoveries
from provd.operations.explaining import Explaining
from provd.operations.exporting import Exporting
from provd.operations.firmware import PhoneFirmware
from provd.operations.fulfilment import Fulfilment
from provd.operations.importing import Importing
from provd.operations.invoicing import Invoicing
from provd.operations.keys_and_lines import KeysAndLines
from provd.operations.leases import Leases
from provd.operations.life import DeviceLife
from provd.operations.manual_charges import ManualCharges
from provd.operations.moving import Moving
from provd.operations.payments import Payments
from provd.operations.phone_files import PhoneFiles
from provd.operations.phone_settings import PhoneSettings
from provd.operations.phonebooks import Phonebooks
from provd.operations.previewing import Previewing
from provd.operations.reaching import Reaching
from provd.operations.registration import Registration
from provd.operations.replacing import Replacing
from provd.operations.requesting import Requesting
from provd.operations.setup import Setup
from provd.operations.sign_in import SignIn
from provd.operations.site_dhcp import SiteDhcp
from provd.operations.statements import Statements
from provd.operations.subscribing import Subscribing
from provd.operations.subscription_views import SubscriptionReader
from provd.operations.telling import Telling
from provd.operations.uploads import DeviceUploads


@dataclass(frozen=True, slots=True)
class Operations:
    setup: Setup
    sign_in: SignIn
    directory: Directory
    registration: Registration
    importing: Importing
    phone_settings: PhoneSettings
    keys_and_lines: KeysAndLines
    explaining: Explaining
    previewing: Previewing
    fulfilment: Fulfilment
    billing: Billing
    catalogue: Catalogue
    subscribing: Subscribing
    subscriptions: SubscriptionReader
    invoicing: Invoicing
    exporting: Exporting
    debtors: Debtors
    payments: Payments
    requesting: Requesting
    manual_charges: ManualCharges
    statements: Statements
    closing: ClosingAccounts
    boots: Boots
    activity: Activity
    discoveries: Discoveries
    uploads: DeviceUploads
    dhcp: SiteDhcp
    reaching: Reaching
    telling: Telling
    life: DeviceLife
    replacing: Replacing
    moving: Moving
    leases: Leases
    phonebooks: Phonebooks
    firmware: PhoneFirmware
    phone_files: PhoneFiles
