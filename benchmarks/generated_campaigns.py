"""Night-market campaigns as merchants would start them, all standing on the days of the generated orders."""

from datetime import date, timedelta
from pathlib import Path
from random import Random

from benchmarks.generated_rules import REGIONS, START
from engine.campaigns.campaign import make_campaign
from engine.ruleset import PromotionSet
from engine.vocabulary import WEEKDAYS
from storage.rule_files import own_schemas
from storage.templates import read_templates

TEMPLATES = Path(__file__).parent.parent / "templates" / "campaigns"


def campaigns(count: int, seed: int = 1) -> list[PromotionSet]:
    """So many campaigns, each with nights, hours, districts and rates of its own."""
    random = Random(seed)
    schemas = own_schemas()
    template = read_templates(TEMPLATES, schemas)["night-market"]
    made: list[PromotionSet] = []
    for number in range(count):
        opens, first = random.randrange(16, 22), random.randrange(20)
        answers: dict[str, object] = {
            "opens": f"{opens}:{random.choice(('00', '30'))}",
            "closes": random.choice(("23:30", "00:30", "02:00")),
            "nights": random.sample(WEEKDAYS, random.choice((1, 2, 3))),
            "districts": random.sample(REGIONS, random.choice((1, 2))),
            "second_piece": f"{random.randrange(10, 71)}%",
            "pairs": random.randrange(1, 20),
        }
        if number % 2:
            least = random.randrange(20, 200)
            answers |= {"spend_from": str(least), "spend_off": str(random.randrange(1, least // 4 + 1))}
        campaign = make_campaign(
            template,
            answers,
            name=f"night-{number}",
            version=1,
            owner="stall",
            effective_from=START.date() - timedelta(days=first),
            effective_until=date(2026, 11, 1) + timedelta(days=random.randrange(20)),
            schemas=schemas,
        )
        made.append(campaign.rule_set)
    return made
