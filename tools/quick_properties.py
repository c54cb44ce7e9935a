"""Let property tests try the same examples each time and stop at the first that fails: a pytest plugin for mutations."""

from hypothesis import Phase, settings

settings.register_profile(
    "quick", derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("quick")
