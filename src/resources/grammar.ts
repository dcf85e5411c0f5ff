/** Every type with its parameters, as help and errors show them. */
export const typeForms = [
  'string(min,max)',
  'text(min,max)',
  'integer(min,max)',
  'decimal(10,2,min=0)',
  'boolean',
  'enum(a|b)',
  'uuid',
  'date',
  'datetime',
  'email',
  'url',
  'money',
  'json',
  'ref(resource, restrict|cascade|null)',
];
/** What comes behind a type. */
export const marks = {
  '[max]': 'a list',
  '?': 'nullable',
  '!': 'unique; of a list: no item twice',
  '+': 'indexed and filterable',
  '=value': 'default',
};

/** What comes behind the name of a resource. */
export const resourceMarks = {
  owned: 'each row belongs to the caller who made it',
  tenant: 'each row belongs to the tenant of the caller who made it',
} as const;

/** How a resource is written, for a terminal of 60 columns. */
export const fieldsText = `Types  ${typeForms.slice(0, 3).join(' ')}
       ${typeForms.slice(3, 8).join(' ')}
       ${typeForms.slice(8).join(' ')}
       type[max] is a list
Marks  ? nullable  ! unique  + indexed and filterable
       =value default
       name(owned): each row belongs to who made it
       name(tenant): to the tenant of who made it`;
