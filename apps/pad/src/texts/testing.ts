// What tests see of the texts, in one bundle.

export { words } from "../element/failures";
export { pageTexts } from "./pages";
export { moment, spoken } from "./texts";
