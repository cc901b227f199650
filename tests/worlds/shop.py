"""The shop of the simulated worlds, compiled, and the port by which nodes read it."""

from functools import cache
from pathlib import Path

import msgspec

from router.core.site.compile import compile_site
from router.core.site.document import SiteDocument
from router.core.site.site import Site
from router.core.vocabulary.ids import SiteId
from router.protocol.site_file import read_site_file
from tests.core.site.garden import ids_of

ORIGIN = "https://shop.example"
PAGES = ("/in-order", "/together", "/message", "/shares", "/no-queue", "/")
"""Each shows another rule of the shop; the last one none."""
SITES = (SiteId("one"), SiteId("two"))


@cache
def shop(site: SiteId) -> Site:
    """The shop as a site of its own; its key is its id."""
    written = read_site_file(Path(__file__).with_name("shop.yaml").read_bytes())
    document = written.data
    document["site"]["key"] = site
    problems = written.problems
    assert not problems, problems
    return compile_site(
        msgspec.convert(document, SiteDocument), ids=ids_of(document), site_id=site, version=1, environment={}
    )


class Shops:
    """`ports.Sites`: two sites alike, so that what is one site's shows when it gets into the other."""

    async def ids(self) -> list[SiteId]:
        """Both."""
        return list(SITES)

    async def one(self, site: SiteId) -> Site:
        """One of them."""
        return shop(site)
