"""Domains: which company one names, and which name none.

Private suffixes of the public suffix list count as suffixes: `foo.github.io` is one owner's domain, and
`github.io` with all its tenants is nobody's. The suffix itself (`https://ngrok.io`) names its own operator,
since nothing else compares equal to it. A top-level domain that the list does not know counts as a suffix.
"""

import re
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import idna
from disposable_email_domains import blocklist
from tldextract import TLDExtract

from leads.intake.text import trimmed, word_set

# Found wrong in the shipped list: real companies and universities among the free-mail providers.
NOT_FREE_MAIL = word_set(
    "alibaba.com aliyun.com earthlink.net easypost.com facebook.com nus.edu.sg oath.com sina.com unican.es"
)
# Found missing from it.
MORE_FREE_MAIL = word_set(
    "gmail.co hey.com mailbox.org o2.pl privaterelay.appleid.com sfr.fr sympatico.ca talktalk.net tuta.com tuta.io"
    " tutanota.com users.noreply.github.com"
)
# Sites where many have a page of their own: a path or a subdomain there says nothing about the site's owner.
SHARED_SITES = word_set(
    "000webhostapp.com about.me airtable.com allmylinks.com amazon.com angel.co apple.com archive.org atlassian.net"
    " bandcamp.com beacons.ai behance.net bento.me bigcartel.com bio.link bit.ly bitbucket.org blogger.com bsky.app"
    " bubbleapps.io business.site calendly.com campsite.bio canva.site capterra.com cargo.site clutch.co company.site"
    " crunchbase.com discord.com discord.gg dribbble.com dudaone.com durable.co ecwid.com etsy.com eventbrite.com"
    " facebook.com fb.com fiverr.com forms.gle freshdesk.com g.page g2.com ghost.io gitbook.io github.com gitlab.com"
    " godaddysites.com gofundme.com goo.gl google.com gumroad.com hashnode.dev helpscoutapp.com hoo.be houzz.com"
    " hs-sites.com hubspotpagebuilder.com huggingface.co indiegogo.com instagram.com intercom.help itch.io jimdo.com"
    " jimdofree.com jimdosite.com kickstarter.com ko-fi.com linkedin.com linktr.ee livejournal.com lnk.bio lnkd.in"
    " loom.com mailchi.mp medium.com meetup.com milkshake.app msha.ke mystrikingly.com notion.site notion.so"
    " onmicrosoft.com opencorporates.com patreon.com pinterest.com podia.com producthunt.com reddit.com"
    " sharepoint.com signal.me site123.me skool.com slideshare.net solo.to soundcloud.com squarespace.com stan.store"
    " strikingly.com substack.com t.co t.me taplink.at taplink.cc teachable.com techcrunch.com telegram.me"
    " thinkific.com threads.com threads.net thumbtack.com tiktok.com tilda.cc tilda.ws tinyurl.com trello.com"
    " trustpilot.com tumblr.com twitch.tv twitter.com typeform.com ueniweb.com upwork.com vimeo.com vk.com wa.me"
    " webador.com webnode.com webnode.page weebly.com weeblysite.com wellfound.com wikipedia.org wix.com"
    " wordpress.com wpcomstaging.com wpengine.com x.com xing.com ycombinator.com yellowpages.com yelp.com youtu.be"
    " youtube.com zendesk.com zyrosite.com"
)

_DATA = Path(__file__).parent / "data"
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# Browsers read a backslash as a slash, Python does not: what is shown and what is matched would differ.
_NEVER_IN_URL = re.compile(r"[\s\\]")
_TOP_LEVEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_NOWHERE = frozenset(("localhost", "local", "localdomain", "internal", "lan", "home", "arpa", "invalid", "onion"))
_IDEOGRAPHIC_DOTS = str.maketrans("。．｡", "...")


def ascii_host(host: str) -> str | None:
    """The host in lower case and in punycode, without a trailing dot; None when it is no name with a dot."""
    host = host.lower().removesuffix(".")
    if not host.isascii():
        try:
            host = idna.encode(host.translate(_IDEOGRAPHIC_DOTS).removesuffix("."), uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return None
    if len(host) > 253 or not _HOST.fullmatch(host):
        return None
    top = host.rpartition(".")[2]
    return host if _TOP_LEVEL.fullmatch(top) and top not in _NOWHERE else None


@lru_cache(maxsize=8_192)
def split_address(value: str) -> tuple[str, str] | None:
    """(host in punycode, what follows it) of a URL, a host or an e-mail domain; None when there is no host."""
    value = trimmed(value)
    if len(value) > 2_048 or _NEVER_IN_URL.search(value):
        return None
    scheme, mark, _ = value.partition("://")
    if mark and scheme.lower() not in ("http", "https"):
        return None
    try:
        parts = urlsplit(value if mark else f"//{value}")
        host = ascii_host(parts.hostname or "")
    except ValueError:
        return None
    rest = parts.path.strip("/") + parts.query + parts.fragment
    return (host, rest) if host else None


def registrable_domain(value: str) -> str | None:
    """The part somebody registered, from a URL, a host or an e-mail domain: 'acme.co.uk' of
    'https://www.acme.co.uk:8080/about'; IDN in punycode. None where there is none. Never raises.
    """
    found = split_address(value)
    return registered_part(found[0]) if found else None


@lru_cache(maxsize=65_536)
def registered_part(host: str) -> str | None:
    """The registrable domain of a host that `ascii_host` returned."""
    host = host.removeprefix("www.") if host.count(".") > 1 else host
    parts = _extractor().extract_str(host)
    if not parts.suffix:
        return ".".join(host.split(".")[-2:])
    if not parts.domain:
        return host if parts.is_private else None
    return f"{parts.domain}.{parts.suffix}"


def company_domain(website: str) -> str | None:
    """The domain that stands for the company behind a website; None for a page on a shared site
    (a profile on linkedin.com, a store on amazon.com), a free-mail provider or no site at all. Never raises.
    """
    found = split_address(website)
    domain = registered_part(found[0]) if found else None
    if found is None or domain is None or is_free_mail(domain):
        return None
    host, path = found
    of_one_tenant = bool(path) or host not in (domain, f"www.{domain}")
    return None if domain in SHARED_SITES and of_one_tenant else domain


def is_suffix(host: str) -> bool:
    """Whether others register their domains below it ('co.uk', 'github.io'), given as `ascii_host` returned it."""
    return not _extractor().extract_str(host).domain


@lru_cache(maxsize=65_536)
def is_free_mail(domain: str) -> bool:
    """Whether anybody can have an address there: free-mail and disposable domains and their subdomains."""
    return any(parent in _free_mail() or parent in blocklist for parent in _parents(domain))


def is_disposable(domain: str) -> bool:
    """Whether it is a throw-away mail domain."""
    return any(parent in blocklist for parent in _parents(domain))


def _parents(domain: str) -> list[str]:
    labels = domain.lower().split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


@cache
def _free_mail() -> frozenset[str]:
    listed = (_DATA / "free_mail_domains.txt").read_text(encoding="ascii").split()
    return (frozenset(listed) - NOT_FREE_MAIL) | MORE_FREE_MAIL


@cache
def _extractor() -> TLDExtract:
    # Offline and without a cache folder: the bundled list alone, so that two machines agree.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
