"""allauth's forms in the portal's words: labels instead of placeholders, the right keyboard, any digits."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from ministry.digits import western


def _dress(form: forms.Form, labels: dict[str, Any]) -> None:
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in labels:
            field.label = labels[name]


class LoginForm(account.LoginForm):
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, {"login": _("User name"), "password": _("Password")})
        self.fields["login"].widget.attrs |= {"dir": "ltr", "autocapitalize": "none", "spellcheck": "false"}
        # The page links to the reset form itself.
        self.fields["password"].help_text = ""


class ChangePasswordForm(account.ChangePasswordForm):
    """The old password and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(
            self,
            {
                "oldpassword": _("Present password"),
                "password1": _("New password"),
                "password2": _("New password once more"),
            },
        )
        self.fields["password1"].help_text = ""


class ResetPasswordForm(account.ResetPasswordForm):
    """The address a reset link is sent to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, {"email": _("E-mail address")})


class ResetPasswordKeyForm(account.ResetPasswordKeyForm):
    """A new password twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, {"password1": _("New password"), "password2": _("New password once more")})
        self.fields["password1"].help_text = ""


class ReauthenticateForm(account.ReauthenticateForm):
    """The password once more before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, {"password": _("Password")})


class _CodeMixin:
    fields: dict[str, forms.Field]
    data: Any

    def dress_code(self) -> None:
        _dress(self, {"code": _("Code")})  # type: ignore[arg-type]
        self.fields["code"].widget.attrs |= {
            "dir": "ltr",
            "inputmode": "text",
            "autocomplete": "one-time-code",
            "class": "short",
        }
        clean = self.fields["code"].clean
        self.fields["code"].clean = lambda value: clean(western(value or "").replace(" ", ""))  # type: ignore[method-assign]


class AuthenticateForm(_CodeMixin, mfa.AuthenticateForm):
    """The second step of signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_code()


class ReauthenticateCodeForm(_CodeMixin, mfa.ReauthenticateForm):
    """A code once more before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_code()


class ActivateTOTPForm(_CodeMixin, totp.ActivateTOTPForm):
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress_code()
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class AddWebAuthnForm(webauthn.AddWebAuthnForm):
    """A new passkey or security key."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, {"name": _("Name of the key"), "passwordless": _("Sign in with this key alone")})
        self.fields["passwordless"].help_text = _("The key then asks for your fingerprint, face or screen lock.")


class EditWebAuthnForm(webauthn.EditWebAuthnForm):
    """A key's name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _dress(self, {"name": _("Name of the key")})
