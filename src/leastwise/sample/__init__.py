"""Made-up organisations and their logs, the same for the same seed, with the truth about them."""

from leastwise.sample.company import company
from leastwise.sample.logs import write_logs
from leastwise.sample.truth import truth
from leastwise.sample.values import Company, Size
from leastwise.sample.write import write_account, write_estate

__all__ = ["Company", "Size", "company", "truth", "write_account", "write_estate", "write_logs"]
