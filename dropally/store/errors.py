"""What can go wrong in a repository.

    StoreError
    ├── WrongSecretError         no key slot opens with the secret given
    ├── NotARepositoryError      there is no repository at this place
    ├── NewerFormatError         written by a newer release in a way this one cannot read
    ├── InvalidKeyError          a name that may not be used on a backend
    ├── AlreadyExistsError       create-only put of a key that exists
    ├── ObjectNotFoundError      the object is not on the backend
    ├── DamagedError             bytes are there, and they are wrong
    │   └── MissingPackError     a pack that the index names is not there
    ├── StoreFullError           no space or quota left
    ├── ReadOnlyError            writing (or reading) is not permitted
    ├── BackendUnavailableError  the backend did not answer; later it may
    ├── LimitExceededError       sizes or parameters outside what is safe to obey
    └── ConflictError            compare-and-set lost: somebody else wrote first

Foreign errors (`OSError`, the object-store client's) are translated once, in `store.backend`.
A message names the cause, a hint the next step; neither ever holds a secret.
"""


class StoreError(Exception):
    """Something went wrong in the repository. `str(error)` is the cause, `hint` the next step.

    `retryable` says that the same call may succeed later without anybody changing anything.
    """

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.retryable = retryable

    def __reduce__(self) -> tuple[object, ...]:
        # Work units run in other processes; keyword-only state must survive the way back.
        return (_rebuild, (type(self), dict(self.__dict__)))


def _rebuild(kind: type[StoreError], state: dict[str, object]) -> StoreError:
    error = kind.__new__(kind, state["message"])
    error.__dict__.update(state)
    return error


class WrongSecretError(StoreError):
    """No key slot opens with this passphrase, key file or recovery code."""


class NotARepositoryError(StoreError):
    """There is no repository at this place."""


class NewerFormatError(StoreError):
    """The repository needs a newer release of this software."""


class InvalidKeyError(StoreError):
    """An object's name is outside the permitted alphabet, or climbs out of the repository."""


class AlreadyExistsError(StoreError):
    """A create-only put met an object that is already there."""


class ObjectNotFoundError(StoreError):
    """The object is not on the backend."""


class DamagedError(StoreError):
    """Bytes in the repository are not what they must be; they were not handed out.

    `pack`, `snapshot` and `path` name what is concerned as far as the raiser knows it;
    a caller that knows more raises anew with `about`.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        retryable: bool = False,
        pack: str = "",
        snapshot: str = "",
        path: str = "",
    ) -> None:
        super().__init__(message, hint=hint, retryable=retryable)
        self.pack = pack
        self.snapshot = snapshot
        self.path = path

    def about(self, *, pack: str = "", snapshot: str = "", path: str = "") -> "DamagedError":
        """The same damage with more of its whereabouts named."""
        return DamagedError(
            self.message,
            hint=self.hint,
            retryable=self.retryable,
            pack=self.pack or pack,
            snapshot=self.snapshot or snapshot,
            path=self.path or path,
        )

    def __str__(self) -> str:
        named = (("file", self.path), ("snapshot", self.snapshot), ("pack", self.pack))
        places = ", ".join(f"{word} {name}" for word, name in named if name)
        return f"{self.message} ({places})" if places else self.message


class MissingPackError(DamagedError):
    """A pack that the index names is not on the backend."""


class StoreFullError(StoreError):
    """No space, or no quota, is left on the backend."""


class ReadOnlyError(StoreError):
    """The backend refuses: read-only file system, missing permission, HTTP 403."""


class BackendUnavailableError(StoreError):
    """The backend did not answer as it should; the same call may succeed later."""

    def __init__(self, message: str, *, hint: str = "", retryable: bool = True) -> None:
        super().__init__(message, hint=hint, retryable=retryable)


class LimitExceededError(StoreError):
    """A size or parameter found in the repository is outside what is safe to obey."""


class ConflictError(StoreError):
    """Compare-and-set lost: the object changed since it was read."""
