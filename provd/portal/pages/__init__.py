"""One module per group of pages; each holds its routes and says which roles may open them."""

from flask import Flask

from provd.portal.pages.account import account
from provd.portal.pages.activity import activity
from provd.portal.pages.balances import balances
from provd.portal.pages.billing_profiles import billing_profiles
from provd.portal.pages.charges import charges
from provd.portal.pages.closing import closing
from provd.portal.pages.customers import customers
from provd.portal.pages.devices import devices
from provd.portal.pages.discovered import discovered
from provd.portal.pages.entries import entries
from provd.portal.pages.explaining import explaining
from provd.portal.pages.home import home
from provd.portal.pages.importing import importing
from provd.portal.pages.invoice_steps import invoice_steps
from provd.portal.pages.invoices import invoices
from provd.portal.pages.leased_items import leased_items
from provd.portal.pages.leases import leases
from provd.portal.pages.orders import orders
from provd.portal.pages.payment_requests import payment_requests
from provd.portal.pages.phone_settings import phone_settings
from provd.portal.pages.phonebooks import phonebooks
from provd.portal.pages.plans import plans
from provd.portal.pages.register import registration
from provd.portal.pages.request_steps import request_steps
from provd.portal.pages.resellers import resellers
from provd.portal.pages.steps import steps
from provd.portal.pages.subscriptions import subscriptions


def register(app: Flask) -> None:
    groups = (
        account,
        home,
        devices,
        registration,
        importing,
        customers,
        plans,
        leases,
        leased_items,
        subscriptions,
        charges,
        balances,
        closing,
        entries,
        invoices,
        invoice_steps,
        payment_requests,
        request_steps,
        billing_profiles,
        orders,
        resellers,
        activity,
        discovered,
        phonebooks,
        explaining,
        phone_settings,
        steps,
    )
    for group in groups:
        app.register_blueprint(group)
