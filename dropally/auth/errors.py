"""What can be refused to people, each with the code that an API answer carries.

DropallyError
├── UsageError
│   ├── FieldsError              a form's fields, in their order                  `invalid_fields`
│   ├── SetupDoneError           somebody has set the appliance up already        `setup_done`
│   ├── LastAdministratorError   nobody would be left who may do everything       `last_administrator`
│   └── StateError               not now: already done, not begun, set elsewhere  (given)
├── NotFoundError
│   └── LinkEndedError           a link that was used, replaced or has expired    `link_ended`
├── DeniedError
│   ├── SignInRefusedError       wrong address, password, code or token           `sign_in_refused`
│   │   └── CodeNeededError      right password; a one-time code is needed too    `otp_required`
│   ├── ForbiddenError           the person is known and may not                  (the reason)
│   └── SetupCodeError           not the code that this appliance printed         `wrong_setup_code`
└── TryLaterError
    └── LockedOutError           too many failed tries                            `too_many_attempts`
"""

from typing import ClassVar

from dropally.common.errors import DeniedError, NotFoundError, TryLaterError, UsageError


class FieldsError(UsageError):
    """Fields of a form that cannot be taken: `fields` is (name, what is wrong), in form order."""

    code: ClassVar[str] = "invalid_fields"

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in fields))
        self.fields = fields

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.fields,))


class SetupDoneError(UsageError):
    """The first-run setup is over."""

    code: ClassVar[str] = "setup_done"


class LastAdministratorError(UsageError):
    """Without this person nobody could do everything any more."""

    code: ClassVar[str] = "last_administrator"


class StateError(UsageError):
    """What was asked for does not fit the state things are in; `code` says which."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_state_error, (self.code, self.message, self.hint))


def _state_error(code: str, message: str, hint: str) -> StateError:
    return StateError(code, message, hint=hint)


class LinkEndedError(NotFoundError):
    """A link that was good once: used, replaced by a newer one, or expired."""

    code: ClassVar[str] = "link_ended"


class SignInRefusedError(DeniedError):
    """Nobody is told which part was wrong."""

    code: ClassVar[str] = "sign_in_refused"


class CodeNeededError(SignInRefusedError):
    """The password was right; the same request is repeated with a one-time code."""

    code: ClassVar[str] = "otp_required"


class ForbiddenError(DeniedError):
    """The person is known and may not do this; `code` is the decision's reason."""

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_forbidden_error, (self.code, self.message, self.hint))


def _forbidden_error(code: str, message: str, hint: str) -> ForbiddenError:
    return ForbiddenError(code, message, hint=hint)


class SetupCodeError(DeniedError):
    """Not the code that was printed on this appliance's console."""

    code: ClassVar[str] = "wrong_setup_code"


class LockedOutError(TryLaterError):
    """Too many failed tries; `retry_after_s` is when the next one is looked at."""

    code: ClassVar[str] = "too_many_attempts"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "too many failed tries",
            hint=f"wait {max(1, -(-retry_after_s // 60))} min, or let somebody with access to the"
            " machine run `dropally user unlock`",
            retryable=True,
        )
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.retry_after_s,))
