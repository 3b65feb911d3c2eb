"""In whose name a command about money acts: never nobody's."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ministry.models import User
from programs.models import PaymentCycle
from programs.services.payment_cycles import country_area


def person(username: str, permission: str) -> User:
    """Return the person named, or the only one who holds `permission` for the whole country.

    Raises:
        CommandError: there is no such person, they lack the right, or it is not clear who is meant.
    """
    country = country_area()
    if username:
        found = User.objects.filter(username=username, is_active=True).first()
        if found is None:
            raise CommandError(_("There is no active person with the user name “{name}”.").format(name=username))
        if not found.has_perm(permission, country):
            raise CommandError(
                _("{name} lacks the right “{permission}” for the whole country.").format(
                    name=username, permission=permission
                )
            )
        return found
    app, codename = permission.split(".")
    candidates = User.objects.filter(
        is_active=True,
        assignments__role__permissions__codename=codename,
        assignments__role__permissions__content_type__app_label=app,
    ).distinct()
    holders = [user for user in candidates if user.has_perm(permission, country)]
    if len(holders) == 1:
        return holders[0]
    names = ", ".join(sorted(user.username for user in holders))
    raise CommandError(
        _("Say in whose name with --as. These people may do it: {names}.").format(names=names or _("nobody"))
    )


def cycle_named(name: str) -> PaymentCycle:
    """Return the cycle with this number, or the one called PROGRAMME/YYYY-MM that was not given up.

    Raises:
        CommandError: there is none.
    """
    cycles = PaymentCycle.objects.select_related("program")
    found = None
    if name.isascii() and name.isdigit():
        found = cycles.filter(pk=int(name)).first() if len(name) < 18 else None
    elif "/" in name:
        code, _slash, month = name.partition("/")
        year, _dash, number = month.partition("-")
        if year.isdigit() and number.isdigit():
            found = (
                cycles.filter(program__code=code, period__year=int(year), period__month=int(number))
                .exclude(status=PaymentCycle.Status.CANCELLED)
                .first()
            )
    if found is None:
        known = ", ".join(
            f"{cycle.pk} ({cycle.program.code}/{cycle.period:%Y-%m})"
            for cycle in cycles.order_by("-period", "-pk")[:10]
        )
        raise CommandError(
            _("There is no payment cycle “{name}”. The latest are: {known}.").format(name=name, known=known or "—")
        )
    return found
