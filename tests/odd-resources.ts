/** Every type of field, with every mark. */
export const everyType =
  'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer+, amount:decimal?, ok:boolean, kind:enum(a|b)+, tag:uuid?, day:date+, due:datetime+, orderId:ref(order, cascade), parent:ref(item, null)?';
/** Every type with bounds and every kind of value that is no scalar, with and without a default. */
export const everyValue =
  "person: email:email!, site:url?, age:integer(0,150)+=18, bio:text(1,80)='it''s, ok', price:decimal(10,2,min=0)=0.00, rate:decimal(5,2,min=0.01,max=100)+, total:money, paid:money?, tags:string(1,30)[10]!=[], sizes:enum(S|M|L)[3], meta:json={}, extra:json?, status:enum(open|closed)+=open, due:date=2026-01-01, at:datetime?=2026-01-01T00:00:00Z, ok:boolean=true, note:text='', scores:integer(0,5)[1,4], mails:email[], sites:url[2]?, costs:decimal(min=0)[]?, stock:integer=0";
export const order = 'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?';
/** Named like what a project has of its own, like each other, and longer than databases like it. */
export const oddNames = [
  'account: owner:ref(account)?, date:date+',
  'database: transaction:integer+, class:string(1,9)!',
  'error: limit:integer, type:string(1,9)+',
  'news: items:integer+, itemsCode:integer+, itemsCodeKey:integer!, pkey:integer+',
  'newsItem: code:integer!, codeKey:integer+, newsId:ref(news, cascade)',
  'note: newsItemId:ref(newsItem)!, accountId:ref(account, null)!?',
  'transfer: fromId:ref(account, cascade), toId:ref(account), newsItemId:ref(newsItem, null)?',
  'purchaseOrderLineItemAdjustmentRequest: customerBillingAddressLineOne:string(1,9)+, customerBillingAddressLineTwo:string(1,9)+',
];
/** Rows of callers, in resources of all lengths of name, that refer to each other and to an open one. */
export const owned = [
  'member(owned): name:string(1,40)!, email:email!, orderId:ref(order), sponsor:ref(member, null)?+',
  'ownedPurchaseOrderLineItemAdjustment(owned): memberId:ref(member, cascade), customerBillingAddressLineOne:string(1,9)!',
  ...Array.from(
    { length: 8 },
    (_, turn) => `z${'w'.repeat(2 + 5 * turn)}(owned): memberId:ref(member)!, amount:integer+`,
  ),
];
/** Rows of tenants, in the same way. */
export const ofTenants = [
  'branch(tenant): name:string(1,40)!, email:email!, orderId:ref(order), parent:ref(branch, null)?+',
  'tenantPurchaseOrderLineItemAdjustment(tenant): branchId:ref(branch, cascade), customerBillingAddressLineOne:string(1,9)!',
  ...Array.from(
    { length: 8 },
    (_, turn) => `y${'w'.repeat(2 + 5 * turn)}(tenant): branchId:ref(branch)!, amount:integer+`,
  ),
];
