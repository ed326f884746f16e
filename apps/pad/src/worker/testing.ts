// What tests of the worker see of it, in one bundle, so that there is one `Fault`.

export { fromText, toText } from "./bytes";
export { PadDevice } from "./device";
export { enrol } from "./enrolment";
export { Fault, sent } from "./fault";
export { Service } from "./http";
export { Tenant } from "./issuer";
export { Module, seed } from "./modules";
export { permit } from "./permits";
export { IndexedStore } from "./store";
export { Wallet, tokensFailed, tokensSent } from "./wallet";
