"""The recovery kit: what somebody needs on paper on the day when the machine is gone."""
