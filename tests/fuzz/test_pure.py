"""The same flood through the code alone: every outcome is a value, and no exception escapes."""

from collections import Counter

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.fcm import Fcm
from providers.fcm_message import FcmStyle
from providers.huawei import Huawei
from providers.transport import Transport
from tests.figures import Figure
from tests.fuzz.generator import Generator
from tests.fuzz.pipeline import Pipeline
from tests.fuzz.sample import Fate
from tests.fuzz.words import CANARIES

NOW = 1_790_000_000_000
#: So many more entries than a worker is given in the same time, and the most that a run takes.
TIMES, MOST = 4, 400_000


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    """All vendors' encoders in all their ways; their wires lead nowhere."""
    pem = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    google = {"type": "service_account", "project_id": "p", "private_key": pem, "client_email": "a@b", "token_uri": "x"}
    own = {"key_id": "k", "sub_account": "s", "project_id": "p", "private_key": pem}
    nowhere = Transport("https://127.0.0.1:1")
    fcm = [Fcm(nowhere, google, style=style) for style in FcmStyle]
    huawei = [Huawei(nowhere, api, app_id="1", service_account=own, badge_class="a.b") for api in ("v1", "v3")]
    return Pipeline(fcm, huawei, NOW)


def test_every_outcome_is_a_value(pipeline: Pipeline, entries: int, seed: int, figure: Figure) -> None:
    """Whatever an entry holds, it becomes a fault, a decision or bodies for vendors; faults quote nothing of it."""
    generator, outcomes, leaks = Generator(seed, NOW), Counter[str](), list[str]()
    number = min(TIMES * entries, MOST)
    for sample in map(generator.sample, range(number)):
        for outcome in pipeline.outcomes(sample):
            outcomes[outcome.partition(":")[0]] += 1
            leaks += [outcome[:200] for canary in CANARIES if canary in outcome]
    figure(f"in process: {number} entries of seed {seed}: {dict(outcomes)}")
    assert leaks == []
    assert outcomes["body"] > number / 100


def test_fates_hold(pipeline: Pipeline, entries: int, seed: int) -> None:
    """What was made to be decided is never a fault, and what was made to be buried always is."""
    generator = Generator(seed + 1, NOW)
    wrong = []
    for sample in map(generator.sample, range(min(entries, MOST // TIMES))):
        words = list(pipeline.outcomes(sample))
        is_doubled = len(dict(sample.fields)) < len(sample.fields)
        is_fault = is_doubled or words[0].startswith("fault: ")
        if (sample.fate is Fate.DECIDED and is_fault) or (sample.fate is Fate.BURIED and not is_fault):
            wrong.append((sample.number, sample.recipe, words[:3]))
    assert wrong == []
