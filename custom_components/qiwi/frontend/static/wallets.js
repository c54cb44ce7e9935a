/** What there is of QIWI in Home Assistant: its devices and entities, found without any name, and what they tell. */

const PLATFORM = "qiwi";
const COMMAND = { type: "qiwi/payments" };
const RETRY = 3_000;
const OWN_NAME = { type: "entity" };

// What tells a device of each kind from the others.
const WALLET = ["payments_today", "feed_problem", "payment", "balance", "last_received", "received_today"];
const GOAL = ["raised", "remaining", "progress", "target", "new_session", "reached"];

const entryOf = (device) => device?.config_entry_id ?? device?.primary_config_entry;

const devicesOf = (hass) => {
  const devices = new Map();
  for (const entity of Object.values(hass.entities)) {
    if (entity.platform !== PLATFORM || !entity.device_id || entity.hidden) {
      continue;
    }
    const id = entity.device_id;
    if (!devices.has(id)) {
      const device = hass.devices[id];
      devices.set(id, { id, entry: entryOf(device), name: device?.name_by_user || device?.name || "", entities: {} });
    }
    (devices.get(id).entities[entity.translation_key] ??= []).push(entity.entity_id);
  }
  return [...devices.values()].sort((one, other) => one.name.localeCompare(other.name));
};

const has = (device, keys) => keys.some((key) => key in device.entities);

/**
 * Return the wallets, each with its goals and offers: `{id, name, entities, goals, offers}`.
 *
 * `entities` are entity ids by translation key: several balances have one.
 */
export const findWallets = (hass) => {
  const devices = devicesOf(hass);
  const isWallet = (device) => has(device, WALLET);
  const isGoal = (device) => !isWallet(device) && has(device, GOAL);
  return devices.filter(isWallet).map((wallet) => {
    const others = devices.filter((device) => !isWallet(device) && device.entry === wallet.entry);
    return { ...wallet, goals: others.filter(isGoal), offers: others.filter((device) => !isGoal(device)) };
  });
};

/** Return a device of QIWI and its entities, or nothing. */
export const findDevice = (hass, id) => devicesOf(hass).find((device) => device.id === id);

/** Return the first entity of a key. */
export const entityOf = (device, key) => device.entities[key]?.[0];

/**
 * Return how cards should name each entity: as the user calls it, or else in the viewer's language.
 *
 * Home Assistant keeps the names of entities in its own language, whatever the viewer reads.
 */
export const findNames = async (hass) => {
  const ids = devicesOf(hass).flatMap((device) => Object.values(device.entities).flat());
  const entries = await hass.callWS({ type: "config/entity_registry/get_entries", entity_ids: ids });
  return new Map(ids.map((id) => [id, entries[id]?.name ? OWN_NAME : nameOf(hass, id)]));
};

const nameOf = (hass, id) => {
  const key = `component.${PLATFORM}.entity.${id.split(".")[0]}.${hass.entities[id].translation_key}.name`;
  return hass.localize(key, { currency: unitOf(hass, id) ?? "" }).trim() || OWN_NAME;
};

/** Return what tells whether other devices and entities are there, or others by name, than before. */
export const signature = (hass) =>
  JSON.stringify([
    devicesOf(hass).map(({ id, name }) => [id, name]),
    Object.values(hass.entities).filter(({ platform }) => platform === PLATFORM),
  ]);

/** Return an entity's unit, or nothing. */
export const unitOf = (hass, entity) => hass.states[entity]?.attributes.unit_of_measurement;

/** Return a number's state, or nothing where there is none. */
export const numberOf = (hass, entity) => {
  const value = Number.parseFloat(hass.states[entity]?.state);
  return Number.isFinite(value) ? value : undefined;
};

/** Keeps one subscription for all cards of a page, and begins anew whenever Home Assistant was away. */
class Watch {
  #connection;
  #callbacks = new Set();
  #end;
  #retry;
  #turn = 0;
  wallets;

  constructor(connection) {
    this.#connection = connection;
    connection.addEventListener("ready", () => this.#begin());
  }

  add(callback) {
    this.#callbacks.add(callback);
    if (this.#callbacks.size === 1) {
      this.#begin();
    }
    return () => {
      this.#callbacks.delete(callback);
      if (!this.#callbacks.size) {
        this.#stop();
      }
    };
  }

  async #begin() {
    const turn = this.#take();
    if (!this.#callbacks.size) {
      return;
    }
    const hear = ({ wallets }) => {
      if (turn === this.#turn) {
        this.wallets = wallets;
        this.#callbacks.forEach((callback) => callback());
      }
    };
    try {
      const end = await this.#connection.subscribeMessage(hear, COMMAND, { resubscribe: false });
      if (turn === this.#turn) {
        this.#end = end;
      } else {
        this.#leave(end);
      }
    } catch {
      // While Home Assistant starts, the integration may not be there yet.
      if (turn === this.#turn) {
        this.#retry = setTimeout(() => this.#begin(), RETRY);
      }
    }
  }

  /** Let nothing that was begun before go on. */
  #take() {
    clearTimeout(this.#retry);
    this.#turn += 1;
    return this.#turn;
  }

  #stop() {
    this.#take();
    this.wallets = undefined;
    if (this.#end) {
      this.#leave(this.#end);
      this.#end = undefined;
    }
  }

  #leave(end) {
    // When the connection is gone, so is the subscription.
    end().catch(() => {});
  }
}

const watches = new WeakMap();

const watchOf = (hass) => {
  if (!watches.has(hass.connection)) {
    watches.set(hass.connection, new Watch(hass.connection));
  }
  return watches.get(hass.connection);
};

/** Call back whenever the wallets' payments change; the call returned ends that. */
export const watch = (hass, callback) => watchOf(hass).add(callback);

/** Return what is known of each wallet that the viewer may read, or nothing before the first answer. */
export const walletsKnown = (hass) => watchOf(hass).wallets;
