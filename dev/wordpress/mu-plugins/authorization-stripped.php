<?php
// As Apache with CGI does it where the rewrite rule for HTTP_AUTHORIZATION is missing.
unset( $_SERVER['PHP_AUTH_USER'], $_SERVER['PHP_AUTH_PW'], $_SERVER['HTTP_AUTHORIZATION'] );
