/** Every type of field, with every mark. */
export const everyType =
  'item: name:string(1,40)!, code:string(2,4)+, note:text?, qty:integer+, amount:decimal?, ok:boolean, kind:enum(a|b)+, tag:uuid?, day:date+, due:datetime+, orderId:ref(order, cascade), parent:ref(item, null)?';
export const order = 'order: total:decimal, status:enum(pending|paid)+, group:string(0,10)?';
/** Named like what a project has of its own, like each other, and longer than databases like it. */
export const oddNames = [
  'account: owner:ref(account)?, date:date+',
  'database: transaction:integer+, class:string(1,9)!',
  'error: limit:integer, type:string(1,9)+',
  'news: items:integer+, itemsCode:integer+, itemsCodeKey:integer!, pkey:integer+',
  'newsItem: code:integer!, codeKey:integer+, newsId:ref(news, cascade)',
  'transfer: fromId:ref(account, cascade), toId:ref(account), newsItemId:ref(newsItem, null)?',
  'purchaseOrderLineItemAdjustmentRequest: customerBillingAddressLineOne:string(1,9)+, customerBillingAddressLineTwo:string(1,9)+',
];
