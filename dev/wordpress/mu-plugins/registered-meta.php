<?php
// A theme or plugin that registers user meta for REST by itself, as a site without the companion plugin has it.
add_action( 'init', static function () {
	$types = array(
		'badge' => 'string', 'motto' => 'string', 'about' => 'string', 'boss' => 'string', 'level' => 'number', 'share' => 'number',
		'lead' => 'boolean', 'remote' => 'boolean', 'tags' => 'array', 'sign_ins' => 'array', 'place' => 'object',
	);
	foreach ( $types as $key => $type ) {
		$schema = array( 'type' => $type );
		if ( 'array' === $type ) {
			$schema['items'] = array( 'type' => array( 'string', 'number', 'boolean', 'null', 'object' ), 'additionalProperties' => true );
		}
		if ( 'object' === $type ) {
			$schema['additionalProperties'] = true;
		}
		register_meta( 'user', $key, array( 'type' => $type, 'single' => true, 'show_in_rest' => array( 'schema' => $schema ) ) );
	}
	// One that makes something else of what it gets.
	register_meta( 'user', 'shouted', array( 'type' => 'string', 'single' => true, 'show_in_rest' => true, 'sanitize_callback' => 'strtoupper' ) );
} );
