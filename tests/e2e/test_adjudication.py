"""A possible duplicate from the queue to the merged card and back, by two people in two browsers."""

from playwright.sync_api import Page

from beneficiaries.models import DuplicatePair, Merge
from ministry.models import Area
from tests.beneficiaries.factories import WEIGHED, IdentifierFactory, household_of
from tests.beneficiaries.merging import head_of, pair_of
from tests.e2e.conftest import Portal, assert_page_is_sound


def a_woman_registered_twice() -> DuplicatePair:
    """Return the pair of her two cards: at her parents', where she has since left, and with her own children."""
    area = Area.objects.get(code="EG-AST")
    own = household_of(
        {"full_name": "هويدا راضي غطاس", "marital_status": "widowed"},
        {"full_name": "كيرلس"},
        area=area,
        household_ref="ADJ/1",
    )
    parents = household_of(
        {"full_name": "راضي غطاس", "sex": "M"},
        {"full_name": "هويدة راضي غطاس", "marital_status": "married"},
        area=area,
        household_ref="ADJ/2",
    )
    daughter = parents.memberships.get(relationship="child").individual
    IdentifierFactory(individual=daughter)
    return pair_of(head_of(own), daughter, evidence=WEIGHED, probability=0.97, money_at_stake=50_000)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name=name).click()


def test_two_people_merge_two_cards_and_take_it_back(portal: Portal):
    pair = a_woman_registered_twice()
    own, daughter = pair.individual_a, pair.individual_b

    # The supervisor finds the pair at the head of the queue, compares, and decides.
    page = portal.visit("/desk/duplicates/?status=open", "supervisor", "en")
    with page.expect_navigation():
        page.locator("#results tbody tr").first.get_by_role("link").first.click()
    assert page.url.endswith(f"/desk/duplicates/{pair.pk}/"), "most certain and most money first"
    bars = page.locator("table.evidence")
    assert "rather than two people of one family" in page.get_by_role("main").inner_text()
    assert bars.locator("tbody tr").last.locator(".num").all_inner_texts() == ["+11.0", "+4.6"]
    page.get_by_label("The same person", exact=False).check()
    page.get_by_label("What your decision rests on").fill("Came with her card; her parents say she left in 2024.")
    press(page, "Record the decision")

    # What follows is the proposal: one card stays, she lives with her children, the widow's card is right.
    assert page.url.endswith(f"/desk/duplicates/{pair.pk}/merge/")
    assert_page_is_sound(portal, page, "en")
    page.get_by_role("group", name="Card that stays").get_by_label(own.person_ref, exact=False).check()
    page.get_by_role("group", name="Household in which").get_by_label("ADJ/1", exact=False).check()
    page.get_by_label("What your decision rests on").fill("The same card, seen today.")
    press(page, "Propose the merge")
    merge = Merge.objects.get(pair=pair)
    assert page.url.endswith(merge.get_absolute_url())
    assert page.get_by_label("Confirm: make", exact=False).count() == 0, "not by the one who proposed it"
    assert own.memberships.filter(left_on=None).count() == 1

    # The second person finds it on the desk and confirms.
    other = portal.visit("/desk/", "program_officer", "en")
    with other.expect_navigation():
        other.get_by_role("link", name="Merges that wait for a second person", exact=False).click()
    with other.expect_navigation():
        other.get_by_role("link", name=f"Merge {merge.pk}", exact=True).click()
    other.get_by_label("Confirm: make", exact=False).check()
    press(other, "Record the decision")
    assert "the two cards are one" in other.get_by_role("main").inner_text()
    assert "ADJ/2" in other.get_by_role("main").inner_text()
    daughter.refresh_from_db()
    assert daughter.merged_into == own

    # The old card leads to the file that stays; the household she left tells that she did.
    portal.go(other, f"/desk/people/{daughter.person_ref}/")
    assert other.url.split("#")[0].endswith("/desk/households/ADJ/1/")
    assert own.full_name in other.get_by_role("main").inner_text()

    # They were sisters after all: the second person proposes to undo it, the supervisor confirms.
    portal.go(other, merge.get_absolute_url())
    other.get_by_label("Propose to undo", exact=False).check()
    other.get_by_label("Reason").fill("Two sisters with one name; both came today.")
    press(other, "Record the decision")
    portal.go(page, merge.get_absolute_url())
    page.get_by_label("Confirm: put everything back", exact=False).check()
    press(page, "Record the decision")
    assert "is undone" in page.get_by_role("main").inner_text()
    daughter.refresh_from_db()
    assert daughter.merged_into is None
    assert daughter.memberships.get(left_on=None).household.household_ref == "ADJ/2"
    assert daughter.identifiers.count() == 1

    # What remains is to say that they are two, which is remembered.
    portal.go(page, f"/desk/duplicates/{pair.pk}/")
    page.get_by_label("Different people", exact=False).check()
    page.get_by_label("What your decision rests on").fill("Two sisters.")
    press(page, "Record the decision")
    pair.refresh_from_db()
    assert pair.status == DuplicatePair.Status.DIFFERENT
    page.close()
    other.close()
