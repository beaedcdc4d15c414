import { GatehouseError } from './errors.js';
const browsers = () => globalThis.PublicKeyCredential;
/** Milliseconds after which a waiting browser gets new options: a challenge is valid for five minutes. */
const renewMs = 4 * 60_000;
/** Whether this browser has passkeys, and the functions for them that pages need. */
export const passkeysWork = () => typeof browsers()?.parseRequestOptionsFromJSON === 'function';
/** Whether the browser can offer passkeys in a field: `<input autocomplete="username webauthn">`. */
export const passkeysFillFields = async () => passkeysWork() && (await browsers()?.isConditionalMediationAvailable?.()) === true;
/**
 * Tells the browser which passkeys the user has, so that it offers no others. Call it with the reply of
 * `listFactors` or `removePasskey`; the functions here do it themselves. Never throws.
 */
export const signalPasskeys = async ({ rp_id, user_handle, accepted_credentials }) => {
    if (!rp_id || !user_handle || !accepted_credentials)
        return;
    const all = { rpId: rp_id, userId: user_handle, allAcceptedCredentialIds: accepted_credentials };
    await browsers()
        ?.signalAllAcceptedCredentials?.(all)
        .catch(() => { });
};
/** Asks the browser for an assertion. */
const asserted = async (options, request) => {
    const publicKey = browsers().parseRequestOptionsFromJSON(options.public_key);
    const credential = (await navigator.credentials.get({ publicKey, ...request }));
    return credential.toJSON();
};
/** Begins again with new options while the browser waits, because a challenge expires. */
const awaited = async (auth, { mediation, signal, ...step }) => {
    for (;;) {
        const renew = new AbortController();
        const timer = setTimeout(() => renew.abort(), renewMs);
        const end = () => renew.abort();
        signal?.addEventListener('abort', end);
        try {
            signal?.throwIfAborted();
            const options = await auth.beginPasskeyLogIn(step);
            const credential = await asserted(options, { mediation, signal: renew.signal });
            return [credential, options.public_key.rpId];
        }
        catch (error) {
            if (mediation !== 'conditional' || !renew.signal.aborted || signal?.aborted)
                throw error;
        }
        finally {
            clearTimeout(timer);
            signal?.removeEventListener('abort', end);
        }
    }
};
/**
 * Logs in with a passkey. With `second_step`, or the `challenge` of a log-in by password, the passkey is the second
 * factor.
 * @throws GatehouseError, or the browser's error, such as `NotAllowedError` if the user declined
 */
export const logInWithPasskey = async (auth, options = {}) => {
    const { mediation: _, signal: __, ...step } = options;
    const [credential, rpId] = await awaited(auth, options);
    try {
        const reply = await auth.logInByPasskey({ ...step, credential });
        await signalPasskeys(reply);
        return reply;
    }
    catch (error) {
        if (error instanceof GatehouseError && error.unknownCredential)
            await browsers()
                ?.signalUnknownCredential?.({ rpId, credentialId: credential.id })
                .catch(() => { });
        throw error;
    }
};
/** Asks the browser to make a passkey. */
const created = async ({ public_key }) => {
    const publicKey = browsers().parseCreationOptionsFromJSON(public_key);
    const credential = (await navigator.credentials.create({ publicKey }));
    return credential.toJSON();
};
/** Returns the name as a member of the body. If there is no name, the service chooses one. */
const named = ({ name }, credential) => {
    const chosen = typeof name === 'function' ? name(credential) : name;
    return chosen === undefined ? {} : { name: chosen };
};
/**
 * Makes a passkey, and with it finishes a log-in that was refused with `enrolment_required`. The reply has the recovery
 * codes.
 * @param given the mailed code as `mail_code`, the `challenge` if no cookie has it, and a name
 */
export const enrolPasskey = async (auth, { name, ...given }) => {
    const begun = await auth.beginEnrolment({ ...given, type: 'passkey' });
    const { challenge } = begun;
    const credential = await created(begun);
    const reply = await auth.enrol({ ...(challenge && { challenge }), ...named({ name }, credential), credential });
    await signalPasskeys(reply);
    return reply;
};
/**
 * Makes a passkey and adds it to the account of the signed-in user.
 * @param given full proof, a name, and whether the passkey is on a security key
 */
export const createPasskey = async (auth, given = {}, options) => {
    const { security_key, name, ...rest } = given;
    const credential = await created(await auth.beginPasskey({ security_key }));
    const reply = await auth.addPasskey({ ...rest, ...named({ name }, credential), credential }, options);
    await signalPasskeys(reply);
    return reply;
};
/** Re-authenticates with a passkey. The `proof` of the reply is for one request that requires full proof. */
export const proveWithPasskey = async (auth) => auth.reauthenticate({ credential: await asserted(await auth.beginPasskeyReauthentication(), {}) });
