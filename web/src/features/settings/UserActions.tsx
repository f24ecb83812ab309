import { ActionIcon, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { keys } from "@/api/keys";
import type { Handed, ListedUser } from "@/features/settings/UsersPage";
import { useConfirm } from "@/ui/ConfirmDialog";
import { type CommandName, command } from "@/ui/commands";

type UserCommand = Exclude<
  Extract<CommandName, `user.${string}`>,
  "user.inviteEverywhere" | "user.list" | "user.setRole"
>;

interface Props {
  listed: ListedUser;
  onChange: (listed: ListedUser) => void;
  onHanded: (handed: Handed) => void;
}

/** What can be done with one person. Each is asked once more, and what is refused says why. */
export function UserActions({ listed, onChange, onHanded }: Props) {
  const { t } = useTranslation("settings");
  const confirm = useConfirm();
  const queries = useQueryClient();
  const { user } = listed;
  const params = { path: { user_id: user.id } };
  const ask = (
    name: UserCommand,
    label: string,
    text: string,
    run: () => Promise<unknown>,
    danger = false,
  ) =>
    confirm({
      command: command(name, { user: user.email }),
      title: t("users.areYouSure", { action: label, name: user.name }),
      text,
      confirmLabel: label,
      danger,
      onConfirm: async () => {
        await run();
        await queries.invalidateQueries({ queryKey: [keys.users] });
      },
    });
  const hand = async (made: Promise<{ link: string }>) => {
    const { link } = await made;
    onHanded({ name: user.name, email: user.email, link });
  };
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("users.actionsFor", { name: user.name })}
        >
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onChange(listed)}>{t("users.change")}</Menu.Item>
        {user.state === "invited" && (
          <Menu.Item
            onClick={() =>
              ask("user.resend", t("users.resend"), t("users.inviteText"), () =>
                hand(answer(api.POST("/api/v1/users/{user_id}/invitation", { params }))),
              )
            }
          >
            {t("users.resend")}
          </Menu.Item>
        )}
        {user.state === "active" && (
          <Menu.Item
            onClick={() =>
              ask("user.resetLink", t("users.resetPassword"), t("account.passwordText"), () =>
                hand(answer(api.POST("/api/v1/users/{user_id}/password-reset", { params }))),
              )
            }
          >
            {t("users.resetPassword")}
          </Menu.Item>
        )}
        {user.has_second_factor && (
          <Menu.Item
            onClick={() =>
              ask("user.resetFactor", t("users.resetFactor"), t("users.resetFactorText"), () =>
                answer(api.POST("/api/v1/users/{user_id}/second-factor-reset", { params })),
              )
            }
          >
            {t("users.resetFactor")}
          </Menu.Item>
        )}
        {listed.locked_until !== null && (
          <Menu.Item
            onClick={() =>
              ask("user.unlock", t("users.unlock"), "", () =>
                answer(api.POST("/api/v1/users/{user_id}/unlocking", { params })),
              )
            }
          >
            {t("users.unlock")}
          </Menu.Item>
        )}
        {user.role === "administrator" && user.state === "active" && !listed.is_owner && (
          <Menu.Item
            onClick={() =>
              ask("user.makeOwner", t("users.makeOwner"), "", () =>
                answer(api.POST("/api/v1/users/{user_id}/ownership", { params })),
              )
            }
          >
            {t("users.makeOwner")}
          </Menu.Item>
        )}
        <Menu.Divider />
        {user.state === "deactivated" ? (
          <Menu.Item
            onClick={() =>
              ask("user.reactivate", t("users.reactivate"), "", () =>
                answer(api.POST("/api/v1/users/{user_id}/reactivation", { params })),
              )
            }
          >
            {t("users.reactivate")}
          </Menu.Item>
        ) : (
          <Menu.Item
            onClick={() =>
              ask(
                "user.deactivate",
                t("users.deactivate"),
                t("users.deactivateText"),
                () => answer(api.POST("/api/v1/users/{user_id}/deactivation", { params })),
                true,
              )
            }
          >
            {t("users.deactivate")}
          </Menu.Item>
        )}
        <Menu.Item
          color="red"
          onClick={() =>
            ask(
              "user.delete",
              t("users.delete"),
              t("users.deleteText"),
              () => answer(api.DELETE("/api/v1/users/{user_id}", { params })),
              true,
            )
          }
        >
          {t("users.delete")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
