export { addressesView, addressView } from './address.ts';
export { architecturesView } from './architecture.ts';
export { machineIdView } from './machine-id.ts';
export { u16View, u32View, u8View } from './number.ts';
export { textView } from './text.ts';
export { userClassView } from './user-class.ts';
export { given, option, view } from './view.ts';
