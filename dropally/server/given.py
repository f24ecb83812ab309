"""What handlers ask for by type; each name in their signatures is that of a dependency.

    def list_jobs(parts: GivenParts, actor: GivenActor, cursor: Cursor = "", ...)

Parameters of the path are `FromPath[str]`, the body is `data: JSONBody[SomeStruct]` (litestar.params).
"""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from dropally.auth.actors import Actor
from dropally.server.exchange import Exchange
from dropally.server.parts import Parts

# What we made ourselves is not validated again.
GivenParts = NamedDependency[SkipValidation[Parts]]
GivenActor = NamedDependency[SkipValidation[Actor]]
GivenExchange = NamedDependency[SkipValidation[Exchange]]
