/** Bicep's expressions, as far as this repository uses them. */
export type Expression =
  | { readonly is: "literal"; readonly value: string | number | boolean | null }
  | { readonly is: "string"; readonly texts: readonly string[]; readonly parts: readonly Expression[] }
  | { readonly is: "name"; readonly name: string; readonly line: number }
  | { readonly is: "array"; readonly items: readonly Expression[] }
  | { readonly is: "object"; readonly entries: readonly { readonly key: Expression; readonly value: Expression }[] }
  | {
      readonly is: "for";
      readonly item: string;
      readonly index?: string;
      readonly from: Expression;
      readonly body: Expression;
    }
  | { readonly is: "if"; readonly condition: Expression; readonly body: Expression }
  | { readonly is: "choice"; readonly condition: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly is: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly is: "unary"; readonly operator: string; readonly operand: Expression }
  | { readonly is: "member"; readonly of: Expression; readonly key: Expression; readonly safe: boolean }
  | { readonly is: "call"; readonly name: string; readonly args: readonly Expression[]; readonly line: number }
  | { readonly is: "lambda"; readonly parameters: readonly string[]; readonly body: Expression };

export interface Decorator {
  readonly name: string;
  readonly args: readonly Expression[];
}

interface Declared {
  readonly name: string;
  readonly line: number;
  readonly decorators: readonly Decorator[];
}

export type Type =
  | { readonly is: "named"; readonly name: string }
  | { readonly is: "literal"; readonly value: string | number | boolean }
  | { readonly is: "list"; readonly of: Type }
  | { readonly is: "union"; readonly of: readonly Type[] }
  | { readonly is: "object"; readonly properties: readonly (Declared & { readonly type: Type })[] };

export type Statement =
  | { readonly is: "scope"; readonly scope: string }
  | { readonly is: "metadata"; readonly name: string }
  | { readonly is: "using"; readonly path: string }
  | { readonly is: "import"; readonly names: readonly string[]; readonly path: string; readonly line: number }
  | (Declared & { readonly is: "type"; readonly type: Type })
  | (Declared & { readonly is: "param"; readonly type?: Type; readonly value?: Expression })
  | (Declared & { readonly is: "var"; readonly value: Expression })
  | (Declared & {
      readonly is: "resource";
      readonly type: string;
      readonly existing: boolean;
      readonly body: Expression;
    })
  | (Declared & { readonly is: "module"; readonly path: string; readonly body: Expression })
  | (Declared & { readonly is: "output"; readonly type: Type; readonly value: Expression });
