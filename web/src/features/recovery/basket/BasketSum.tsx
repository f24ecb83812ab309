import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useBasket } from "@/features/recovery/basket/basket";
import { formatBytes, formatCount } from "@/ui/figures";

/** "17 items · 2.1 GiB · 1,204 files · 3 folders"; on phones, if short, only the first two. */
export function BasketSum({ isShort = false }: { isShort?: boolean }) {
  const { t, i18n } = useTranslation("recovery");
  const { totals, rows } = useBasket().basket;
  const count = rows.filter((row) => row.is_included).length;
  const figure = (value: number) => formatCount(value, i18n.language);
  const parts = [t("basket.items", { count, figure: figure(count) })];
  const more: string[] = [];
  if (totals !== null) {
    parts.push(formatBytes(totals.size_bytes, i18n.language));
    more.push(
      t("basket.files", { count: totals.files, figure: figure(totals.files) }),
      t("basket.folders", { count: totals.folders, figure: figure(totals.folders) }),
    );
  }
  return (
    <Text size="sm" fw={600} aria-live="polite">
      {parts.join(" · ")}
      <Text span inherit {...(isShort ? { visibleFrom: "sm" } : {})}>
        {more.map((part) => ` · ${part}`)}
      </Text>
    </Text>
  );
}
