import { Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import type { GetInputProps } from "@mantine/form";
import { useTranslation } from "react-i18next";
import {
  FIELDS_OF,
  KINDS,
  type PlaceField,
  type PlaceValues,
  SECRET_FIELDS,
  type StorageKind,
} from "@/features/storage/place";
import { PasswordField } from "@/ui/PasswordField";

interface Props {
  kind: StorageKind;
  getInputProps: (name: keyof PlaceValues & string) => ReturnType<GetInputProps<PlaceValues>>;
}

const REQUIRED: ReadonlySet<PlaceField> = new Set(["path", "bucket", "account"]);

/** Where a storage lies, and what opens it: the fields that its kind needs. */
export function PlaceFields({ kind, getInputProps }: Props) {
  const { t } = useTranslation("storage");
  const names = FIELDS_OF[kind];
  const isPaired = names.length > 1;
  return (
    <Stack>
      <Select
        label={t("place.kind")}
        data={KINDS.map((one) => ({ value: one, label: t(`kind.${one}`) }))}
        allowDeselect={false}
        {...getInputProps("kind")}
      />
      <SimpleGrid cols={{ base: 1, xs: isPaired ? 2 : 1 }} verticalSpacing="md">
        {names.map((name) => (
          <PlaceInput key={name} name={name} kind={kind} getInputProps={getInputProps} />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function PlaceInput({ name, kind, getInputProps }: Props & { name: PlaceField }) {
  const { t } = useTranslation("storage");
  const given = {
    label:
      name === "bucket" && kind === "azure"
        ? t("place.container")
        : t(`place.${name}` as "place.path"),
    description: t(`place.${name}.hint` as "place.path.hint"),
    autoComplete: "off",
    required: REQUIRED.has(name),
    inputWrapperOrder: [
      "label" as const,
      "input" as const,
      "description" as const,
      "error" as const,
    ],
    ...getInputProps(name),
  };
  if (SECRET_FIELDS.has(name)) {
    return <PasswordField {...given} />;
  }
  return <TextInput {...given} spellCheck={false} autoCapitalize="none" />;
}
