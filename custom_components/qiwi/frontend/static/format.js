/** Amounts and times as Home Assistant's own cards write them: in the viewer's language, formats and time zone. */

const NUMBERS = {
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
  system: undefined,
};
const formatters = new Map();

const formatter = (Type, locale, options) => {
  const key = JSON.stringify([Type.name, locale, options]);
  if (!formatters.has(key)) {
    formatters.set(key, new Type(locale, options));
  }
  return formatters.get(key);
};

const numbers = (hass, options) => {
  const style = hass.locale.number_format;
  if (style === "none") {
    return formatter(Intl.NumberFormat, "en-US", { ...options, useGrouping: false });
  }
  return formatter(Intl.NumberFormat, style in NUMBERS ? NUMBERS[style] : hass.locale.language, options);
};

/** Return an amount of money; a currency that nobody knows stands behind its number. */
export const money = (hass, amount, currency, options = {}) => {
  try {
    return numbers(hass, { style: "currency", currency, ...options }).format(amount);
  } catch {
    return `${numbers(hass, { minimumFractionDigits: 2, ...options }).format(amount)} ${currency}`.trim();
  }
};

/** Return a share of 100. */
export const percent = (hass, share) =>
  numbers(hass, { style: "percent", maximumFractionDigits: 0 }).format(share / 100);

const zone = (hass) => (hass.locale.time_zone === "server" ? hass.config.time_zone : undefined);

const dates = (hass, options) =>
  formatter(Intl.DateTimeFormat, hass.locale.language, { timeZone: zone(hass), ...options });

const clock = (hass) => {
  const style = hass.locale.time_format;
  if (style === "12" || style === "24") {
    return { hourCycle: style === "12" ? "h12" : "h23" };
  }
  const locale = style === "system" ? undefined : hass.locale.language;
  return { hourCycle: formatter(Intl.DateTimeFormat, locale, { hour: "numeric" }).resolvedOptions().hourCycle };
};

/** Return the time of day. */
export const timeOfDay = (hass, date) =>
  dates(hass, { hour: "numeric", minute: "2-digit", ...clock(hass) }).format(date);

/** Return the day and the time. */
export const dayAndTime = (hass, date) =>
  dates(hass, {
    day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit", ...clock(hass),
  }).format(date);

/** Return the day of a moment where the viewer is, as ISO 8601 writes it. */
export const dayOf = (hass, date) =>
  formatter(Intl.DateTimeFormat, "sv-SE", { timeZone: zone(hass) }).format(date);

/** Return a moment to come: the time today, or else its day as well. */
export const soon = (hass, date) =>
  dayOf(hass, date) === dayOf(hass, new Date())
    ? timeOfDay(hass, date)
    : dates(hass, { day: "numeric", month: "long", hour: "numeric", minute: "2-digit", ...clock(hass) }).format(date);

const atNoon = (day) => new Date(`${day}T12:00:00Z`);

/** Return what people call a day: today, yesterday, or its date. */
export const dayName = (hass, day) => {
  const today = dayOf(hass, new Date());
  const ago = Math.round((atNoon(today) - atNoon(day)) / 86_400_000);
  if (ago === 0 || ago === 1) {
    const name = formatter(Intl.RelativeTimeFormat, hass.locale.language, { numeric: "auto" }).format(-ago, "day");
    return name.charAt(0).toLocaleUpperCase(hass.locale.language) + name.slice(1);
  }
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" };
  const date = formatter(Intl.DateTimeFormat, hass.locale.language, {
    timeZone: "UTC", weekday: "long", day: "numeric", month: "long", ...year,
  }).format(atNoon(day));
  return date.charAt(0).toLocaleUpperCase(hass.locale.language) + date.slice(1);
};

/** Return a day's date, short. */
export const shortDay = (hass, day) =>
  formatter(Intl.DateTimeFormat, hass.locale.language, { timeZone: "UTC", day: "numeric", month: "short" }).format(
    atNoon(day),
  );

/** Return the days up to a last one, oldest first. */
export const daysUpTo = (last, count) =>
  Array.from({ length: count }, (_, index) => {
    const day = atNoon(last);
    day.setUTCDate(day.getUTCDate() - (count - 1 - index));
    return day.toISOString().slice(0, 10);
  });
