<?php
// As plugins that switch the REST API off do it: for everybody, log-in or not.
add_filter(
	'rest_authentication_errors',
	static fn() => new WP_Error( 'rest_disabled', 'The REST API is disabled on this site.', array( 'status' => 403 ) ),
	1000
);
