"""Charts and maps drawn on the server as SVG. Each has a heading, a unit, a period, a summary, and its data as a table.

Time runs along the line of reading: from right to left in Arabic, with the value axis on the right. Each chart comes in
two drawings, for wide and for narrow screens, of which the stylesheet shows one.
"""

from ministry.charts.maps import AreaMap, AreaValue, area_map
from ministry.charts.ranking import Ranking, RankingRow, ranking
from ministry.charts.series import Chart, Series, bars, lines

__all__ = [
    "AreaMap",
    "AreaValue",
    "Chart",
    "Ranking",
    "RankingRow",
    "Series",
    "area_map",
    "bars",
    "lines",
    "ranking",
]
