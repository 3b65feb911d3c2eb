"""Charts: directions, classes, what is not told."""

import pytest
from django.utils.translation import override

from ministry.charts import AreaValue, Series, area_map, bars, lines
from ministry.charts.scale import class_limits, class_of, ticks

SQUARE = {"type": "Polygon", "coordinates": [[[30, 26], [31, 26], [31, 27], [30, 27], [30, 26]]]}


def a_chart(values, **options):
    return bars(
        title="Requests",
        unit="requests",
        period="2026",
        labels=[str(place) for place in range(len(values))],
        series=[Series("all", values)],
        summary="",
        label_heading="Month",
        **options,
    )


@pytest.mark.parametrize(
    ("highest", "expected"),
    [(0, [0, 1]), (3, [0, 1, 2, 3]), (9, [0, 2.5, 5, 7.5, 10]), (70, [0, 20, 40, 60, 80]), (100, [0, 25, 50, 75, 100])],
)
def test_an_axis_has_round_marks_up_to_the_highest_value(highest, expected):
    assert ticks(highest) == expected


def test_time_runs_from_right_to_left_in_arabic_and_the_other_way_in_english():
    with override("ar"):
        arabic = a_chart([1, 2, 3]).drawings[0]
    with override("en"):
        english = a_chart([1, 2, 3]).drawings[0]
    assert [mark.x for mark in arabic.marks] == sorted((mark.x for mark in arabic.marks), reverse=True)
    assert [mark.x for mark in english.marks] == sorted(mark.x for mark in english.marks)
    assert arabic.value_ticks[0][2] > arabic.plot_end
    assert english.value_ticks[0][2] < english.plot_start


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_bar_stays_inside_the_drawing(language):
    with override(language):
        chart = a_chart([5, 80, 41])
    for drawing in chart.drawings:
        for mark in drawing.marks:
            assert drawing.plot_start <= mark.x
            assert mark.x + mark.width <= drawing.plot_end
            assert mark.y >= 0


def test_small_counts_are_neither_drawn_nor_told():
    with override("en"):
        chart = a_chart([9, 0, 12], suppress=True)
    assert len(chart.drawings[0].marks) == 2
    assert [figures[0] for _label, figures in chart.rows] == ['<bdi dir="ltr">&lt;10</bdi>', "0", "12"]


def test_a_gap_in_the_figures_cuts_the_line():
    chart = lines(
        title="",
        unit="",
        period="",
        labels=list("abcde"),
        series=[Series("all", [1, 2, None, 4, 5])],
        summary="",
        label_heading="",
    )
    assert len(chart.drawings[0].polylines) == 2


def test_classes_have_round_rising_limits_within_the_values():
    limits = class_limits([3.2, 8, 12, 19, 27, 41, 66, 90, 118])
    assert limits == sorted(set(limits))
    assert len(limits) == 4
    assert {class_of(value, limits) for value in (3.2, 118)} == {1, 5}


def test_values_that_are_alike_make_one_class():
    assert class_limits([5, 5, 5]) == []


def test_an_area_without_a_figure_is_hatched_and_named_in_the_legend():
    areas = [
        AreaValue("A", "One", SQUARE, 4.0, "4"),
        AreaValue("B", "Two", SQUARE, None, "fewer than ten"),
        AreaValue("C", "Three", None, 9.0, "9"),
    ]
    drawn = area_map(title="", unit="", period="", summary="", credit="", areas=areas, no_data="no figure")
    assert [(region.code, region.shade) for region in drawn.regions] == [("A", 1), ("B", 0)]
    assert drawn.legend[-1] == (0, "no figure")


def test_no_outline_no_map():
    areas = [AreaValue("A", "One", None, 4.0, "4")]
    assert area_map(title="", unit="", period="", summary="", credit="", areas=areas, no_data="") is None
