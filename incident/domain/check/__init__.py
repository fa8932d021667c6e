"""Rules."""
from incident.domain.playbook import Playbook
from incident.domain.problem import Problem


def check(playbook: Playbook) -> list[Problem]:
    return []
