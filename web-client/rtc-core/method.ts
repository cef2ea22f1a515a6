// How a name of the gateway carries the types of what goes in and what comes out.

/** A method's name that carries the types of its parameters and of its answer. */
export interface Method<Params, Answer> {
    readonly name: string;
    readonly __types?: (params: Params) => Answer;
}
export interface ServerEvent<Params> {
    readonly name: string;
    readonly __types?: Params;
}
export interface Post<Body, Answer> {
    readonly path: string;
    readonly __types?: (body: Body) => Answer;
}

// Marked, so that a page carries only the names that it uses.
/* @__NO_SIDE_EFFECTS__ */
export const method = <Params, Answer>(name: string): Method<Params, Answer> => ({ name });
/* @__NO_SIDE_EFFECTS__ */
export const event = <Params>(name: string): ServerEvent<Params> => ({ name });
/* @__NO_SIDE_EFFECTS__ */
export const post = <Body, Answer>(path: string): Post<Body, Answer> => ({ path });
