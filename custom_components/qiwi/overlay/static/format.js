// Amounts and sentences, as people of two languages read them.

const TEXTS = {
  en: {
    target: (sum) => `of ${sum}`,
    next: (sum) => `next: ${sum}`,
    reached: "goal reached",
    last: "Last donation:",
    donation: "New donation",
    donations: { one: "# donation", other: "# donations" },
    test: "test",
    refused: "This address is no longer valid. Copy the new one from the goal's settings in Home Assistant.",
    nowhere: "The address lacks its secret. Copy the whole address from the goal's settings in Home Assistant.",
  },
  ru: {
    target: (sum) => `из ${sum}`,
    next: (sum) => `дальше: ${sum}`,
    reached: "цель достигнута",
    last: "Последний донат:",
    donation: "Новый донат",
    donations: { one: "# донат", few: "# доната", many: "# донатов", other: "# доната" },
    test: "тест",
    refused: "Этот адрес больше не действует. Скопируйте новый в настройках цели в Home Assistant.",
    nowhere: "В адресе нет секрета. Скопируйте адрес целиком в настройках цели в Home Assistant.",
  },
};

const LOCALES = { en: "en-GB", ru: "ru-RU" };

/** Return what turns amounts (exact decimal strings) and counts into text. */
export function speaker(language) {
  const locale = LOCALES[language];
  const plural = new Intl.PluralRules(locale);
  const plain = new Intl.NumberFormat(locale);
  const formats = new Map();

  function money(currency) {
    if (!formats.has(currency)) {
      let format = (amount) => `${plain.format(amount)} ${currency}`;
      // The wallet's currencies that have no code keep their digits, which Intl refuses.
      if (/^[A-Z]{3}$/.test(currency)) {
        const options = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
        const whole = new Intl.NumberFormat(locale, { ...options, minimumFractionDigits: 0, maximumFractionDigits: 0 });
        const exact = new Intl.NumberFormat(locale, options);
        format = (amount) => (Number.isInteger(Number(amount)) ? whole : exact).format(amount);
      }
      formats.set(currency, format);
    }
    return formats.get(currency);
  }

  return {
    text: TEXTS[language],
    amount: (amount, currency) => money(currency)(amount),
    percent: (percent) => `${plain.format(percent)}${language === "ru" ? "\u00a0" : ""}%`,
    donations: (count) =>
      TEXTS[language].donations[plural.select(count)].replace("#", plain.format(count)),
  };
}
