/** What the main thread and the database's thread say to each other. */
export interface PgliteSettings {
  readonly dataDirectory: string;
  readonly channel: string;
}

export type ToPglite =
  | {
      readonly kind: 'query';
      readonly id: number;
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | { readonly kind: 'close' };

export type FromPglite =
  | { readonly kind: 'ready' }
  | { readonly kind: 'notified' }
  | {
      readonly kind: 'result';
      readonly id: number;
      readonly command: string;
      readonly rowCount: number;
      readonly rows: readonly unknown[];
    }
  | {
      readonly kind: 'refused';
      readonly id: number;
      /** SQLSTATE, or empty when the query did not reach the database. */
      readonly code: string;
      readonly message: string;
      readonly constraint: string;
    };
