export { type Operator, type OperatorOptions, startOperator } from "./operator.ts";
