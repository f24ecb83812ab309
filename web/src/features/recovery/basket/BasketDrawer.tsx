import { ActionIcon, Button, Drawer, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { BasketSum } from "@/features/recovery/basket/BasketSum";
import { type BasketRow, useBasket } from "@/features/recovery/basket/basket";
import { ItemIcon } from "@/features/recovery/list/ItemIcon";
import { entityQuery, pointQuery } from "@/features/recovery/queries";
import { useConfirm } from "@/ui/ConfirmDialog";
import { Bytes } from "@/ui/figures";
import { When } from "@/ui/When";

const MOST_SHOWN = 500;

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** Everything in the basket, by whom and when it is of; one item can be taken out, or all. */
export function BasketDrawer({ opened, onClose }: Props) {
  const { t } = useTranslation("recovery");
  const { t: ui } = useTranslation("ui");
  const confirm = useConfirm();
  const { basket, clear } = useBasket();
  const shown = basket.rows.slice(0, MOST_SHOWN);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("basket.title")}
      closeButtonProps={{ "aria-label": ui("close") }}
    >
      <Stack>
        <Group justify="space-between">
          <BasketSum />
          <Button
            variant="default"
            size="xs"
            onClick={() =>
              confirm({
                title: t("basket.clearTitle"),
                text: t("basket.clearText"),
                confirmLabel: t("basket.clear"),
                onConfirm: async () => {
                  await clear.mutateAsync(basket.id);
                  onClose();
                },
              })
            }
          >
            {t("basket.clear")}
          </Button>
        </Group>
        {groupsOf(shown).map(([key, rows]) => (
          <BasketGroup key={key} rows={rows} />
        ))}
        {basket.rows.length > MOST_SHOWN && (
          <Text size="sm" c="dimmed">
            {t("basket.notAll", { count: basket.rows.length - MOST_SHOWN })}
          </Text>
        )}
      </Stack>
    </Drawer>
  );
}

function BasketGroup({ rows }: { rows: readonly BasketRow[] }) {
  const { t } = useTranslation("recovery");
  const { change } = useBasket();
  const first = rows[0];
  const [entity, point] = useQueries({
    queries: [
      entityQuery(first?.entity_id ?? ""),
      pointQuery(first?.entity_id ?? "", first?.point_id ?? ""),
    ],
  });
  return (
    <section aria-label={entity.data?.name ?? ""}>
      <Text fw={600}>{entity.data?.name ?? "…"}</Text>
      <Text size="sm" c="dimmed" mb={4}>
        {t("basket.asOf")} {point.data === undefined ? "…" : <When time={point.data.time} />}
      </Text>
      <Table verticalSpacing={4}>
        <Table.Tbody>
          {rows.map((row) => {
            const name = row.shown === "" ? t("basket.everything") : row.shown;
            return (
              <Table.Tr key={row.path}>
                <Table.Td w={28}>
                  <ItemIcon kind={row.kind} />
                </Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {row.is_included ? name : t("basket.without", { name })}
                </Table.Td>
                <Table.Td ta="end" style={{ whiteSpace: "nowrap" }}>
                  <Bytes value={row.is_included ? row.size_bytes : -row.size_bytes} />
                </Table.Td>
                <Table.Td w={36}>
                  <Tooltip label={row.is_included ? t("basket.takeOut") : t("basket.takeBack")}>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={t(
                        row.is_included ? "basket.takeOutThis" : "basket.takeBackThis",
                        {
                          name,
                        },
                      )}
                      onClick={() =>
                        change.mutate({ action: row.is_included ? "remove" : "add", items: [row] })
                      }
                    >
                      <IconX size={16} />
                    </ActionIcon>
                  </Tooltip>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function groupsOf(rows: readonly BasketRow[]): [string, BasketRow[]][] {
  const found = new Map<string, BasketRow[]>();
  for (const row of rows) {
    const key = `${row.entity_id} ${row.point_id}`;
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found];
}
