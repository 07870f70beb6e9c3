"""A browser in which Adele signs in without a page, and which sends the form that the tenant answers with."""

import sys
from html.parser import HTMLParser

import requests


class Form(HTMLParser):
    """The form of a page, with its hidden fields."""

    def __init__(self):
        super().__init__()
        self.action = ""
        self.fields = {}

    def handle_starttag(self, tag, attrs):
        """Take note of the form and its fields."""
        named = dict(attrs)
        if tag == "form":
            self.action = named["action"]
        elif tag == "input":
            self.fields[named["name"]] = named["value"]


if "code_challenge_method=S256" not in sys.argv[1]:
    sys.exit("the authorization request has no code challenge")
page = requests.get(f"{sys.argv[1]}&simulated_user=adele", timeout=10)
page.raise_for_status()
form = Form()
form.feed(page.text)
requests.post(form.action, data=form.fields, timeout=10).raise_for_status()
