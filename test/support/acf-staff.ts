import type { PersonPatch } from '../../dev/directory/person.ts'
import type { MappingSettings } from '../../lib/domain/mapping.ts'

/** A field group as an administrator makes it in wp-admin and exports it: for all users, shown in REST. */
export const fieldGroup = `add_action( 'acf/init', static function () {
  acf_add_local_field_group( array(
    'key' => 'group_staff', 'title' => 'Staff', 'show_in_rest' => 1,
    'location' => array( array( array( 'param' => 'user_form', 'operator' => '==', 'value' => 'all' ) ) ),
    'fields' => array(
      array( 'key' => 'field_office', 'name' => 'office', 'label' => 'Office', 'type' => 'text' ),
      array( 'key' => 'field_motto', 'name' => 'motto', 'label' => 'Motto', 'type' => 'textarea' ),
      array( 'key' => 'field_badge', 'name' => 'badge', 'label' => 'Badge', 'type' => 'text' ),
      array( 'key' => 'field_floor', 'name' => 'floor', 'label' => 'Floor', 'type' => 'number' ),
      array( 'key' => 'field_share', 'name' => 'share', 'label' => 'Share', 'type' => 'number' ),
      array( 'key' => 'field_keyholder', 'name' => 'keyholder', 'label' => 'Has keys', 'type' => 'true_false' ),
      array( 'key' => 'field_languages', 'name' => 'languages', 'label' => 'Languages', 'type' => 'select', 'multiple' => 1, 'allow_null' => 1,
        'choices' => array( 'de' => 'German', 'en' => 'English', 'fr' => 'French' ) ),
      array( 'key' => 'field_building', 'name' => 'building', 'label' => 'Building', 'type' => 'select', 'allow_null' => 1,
        'choices' => array( 'B' => 'B', 'C' => 'C' ) ),
      array( 'key' => 'field_hired', 'name' => 'hired', 'label' => 'Hired', 'type' => 'date_picker' ),
      array( 'key' => 'field_place', 'name' => 'place', 'label' => 'Place', 'type' => 'group', 'sub_fields' => array(
        array( 'key' => 'field_city', 'name' => 'city', 'label' => 'City', 'type' => 'text' ),
        array( 'key' => 'field_zip', 'name' => 'zip', 'label' => 'Zip', 'type' => 'text' ),
        array( 'key' => 'field_storey', 'name' => 'storey', 'label' => 'Storey', 'type' => 'number' ),
      ) ),
      array( 'key' => 'field_greeting', 'name' => 'greeting', 'label' => 'Greeting', 'type' => 'text', 'default_value' => 'Hello' ),
      array( 'key' => 'field_room', 'name' => 'room', 'label' => 'Room', 'type' => 'select', 'choices' => array( '007' => '007', '8' => '8' ) ),
      array( 'key' => 'field_own', 'name' => 'own', 'label' => 'Not mapped', 'type' => 'text' ),
    ),
  ) );
} );`

/** As before WordPress 6.6, while the option stands. */
export const withoutBatches = `add_filter( 'rest_endpoints', static function ( $routes ) {
  foreach ( $routes as $route => $handlers ) {
    if ( get_option( 'test_no_batches' ) && 0 === strpos( $route, '/wp/v2/users' ) ) { unset( $routes[ $route ]['allow_batch'] ); }
  }
  return $routes;
} );`

const level = 'extension_0123456789abcdef0123456789abcdef_level'
const lead = 'extension_0123456789abcdef0123456789abcdef_lead'
export const speaks = 'extension_0123456789abcdef0123456789abcdef_speaks'

export const mapping: MappingSettings = {
  acf: {
    office: 'officeLocation',
    motto: 'onPremisesExtensionAttributes.extensionAttribute7',
    badge: 'employeeId',
    floor: { value: level, type: 'number' },
    share: { value: 'onPremisesExtensionAttributes.extensionAttribute1', type: 'number' },
    keyholder: { value: lead, type: 'boolean' },
    languages: { value: `[${speaks}]`, type: 'array' },
    building: 'officeLocation ? $substringBefore(officeLocation, "/") : null',
    hired: 'onPremisesExtensionAttributes.extensionAttribute2',
    place: { value: `{"city": city, "zip": postalCode, "storey": ${level}}`, type: 'object' },
  },
}

export const anna: PersonPatch = {
  employeeId: '0042',
  officeLocation: 'B/3',
  city: 'Köln',
  postalCode: '00123',
  onPremisesExtensionAttributes: {
    extensionAttribute1: '0.25',
    extensionAttribute2: '20240131',
    extensionAttribute7: 'R&D \\ "quoted" it\'s 🎉, 3 < 4',
  },
  [level]: 7,
  [lead]: true,
  [speaks]: ['de', 'fr'],
}

/** As themes read it: `get_field()`, unformatted. */
export const expected = {
  office: 'B/3',
  motto: 'R&D \\ "quoted" it\'s 🎉, 3 < 4',
  badge: '0042',
  floor: 7,
  share: 0.25,
  keyholder: true,
  languages: ['de', 'fr'],
  building: 'B',
  hired: '20240131',
  place: { city: 'Köln', zip: '00123', storey: 7 },
  ...{ greeting: 'Hello', room: null, own: '' },
}

/** As PHP has it, at any depth. */
export function nothing(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.values(value).every(nothing) : !value
}

export const nobody = {
  ...{
    employeeId: null,
    officeLocation: null,
    city: null,
    postalCode: null,
    [level]: null,
    [lead]: null,
    [speaks]: null,
  },
  onPremisesExtensionAttributes: { extensionAttribute1: null, extensionAttribute2: null, extensionAttribute7: null },
}

/** Without `unfiltered_html`, ACF keeps texts as wp_kses_post() leaves them. */
export const filtered = { ...expected, motto: 'R&amp;D \\ "quoted" it\'s 🎉, 3 &lt; 4' }
