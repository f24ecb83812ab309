"""The monthly limit of data-transport calls: F101 counts on its answer."""

import pytest
from dropbox import exceptions, team
from tests.simulator.office import open_office


def test_f101_uploads_stop_at_the_limit_until_the_next_month() -> None:
    with open_office() as office:
        office.simulator.run(lambda world: setattr(world.team, "upload_api_rate_limit", 2))
        values = office.team.team_features_get_values([team.Feature.upload_api_rate_limit]).values
        assert values[0].get_upload_api_rate_limit().get_limit() == 2
        bob = office.acting_as(office.people.bob)
        bob.files_upload(b"1", "/1")
        bob.files_upload(b"2", "/2")
        # The SDK reads a 403 as an error of the route, and knows it only by its message.
        with pytest.raises(exceptions.ApiError) as refused:
            bob.files_upload(b"3", "/3")
        assert "data transport" in refused.value.user_message_text
        assert bob.files_download("/1")[1].content == b"1"
        office.simulator.run(lambda world: world.clock.advance(31 * 86_400))
        office.team_token = office.mint()
        office.acting_as(office.people.bob).files_upload(b"3", "/3")
