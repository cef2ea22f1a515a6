#include "gateway/demo/demo.h"

/* All names of people and places are invented. */

typedef struct {
    const char *zh, *en;
} Name;

static const Name counties[] = {
    { "云桥县", "Yunqiao County" },  { "石榴县", "Shiliu County" }, { "白鹭区", "Bailu District" },
    { "东篱区", "Dongli District" }, { "望溪县", "Wangxi County" }, { "松涛县", "Songtao County" },
    { "南汀县", "Nanting County" },  { "梅岸县", "Meian County" },  { "枫渡县", "Fengdu County" },
    { "柳坞县", "Liuwu County" },
};

static const Name firsts[] = {
    { "青", "Qing" }, { "柳", "Liu" }, { "桃", "Tao" },  { "梅", "Mei" },  { "松", "Song" }, { "竹", "Zhu" },
    { "荷", "He" },   { "兰", "Lan" }, { "枫", "Feng" }, { "杏", "Xing" }, { "桂", "Gui" },  { "槐", "Huai" },
    { "云", "Yun" },  { "月", "Yue" }, { "霞", "Xia" },  { "露", "Lu" },   { "雨", "Yu" },   { "雪", "Xue" },
    { "银", "Yin" },  { "金", "Jin" }, { "石", "Shi" },  { "沙", "Sha" },  { "白", "Bai" },  { "红", "Hong" },
};

static const Name lasts[] = {
    { "桥", "qiao" }, { "湾", "wan" }, { "坡", "po" }, { "渡", "du" },  { "坪", "ping" },   { "岭", "ling" },
    { "塘", "tang" }, { "溪", "xi" },  { "坞", "wu" }, { "滩", "tan" }, { "庄", "zhuang" }, { "店", "dian" },
};

enum { N_OFFICES = 96, N_ROOMS = 4, LASTS_PER_ROUND = 3, SPOT_CHECKED = 5 };

#define SEALED_FOR_MS (INT64_C(3) * 24 * 3600 * 1000)

static const struct {
    const char *id, *name, *display, *unit, *role;
} people[] = {
    { "demo-officer", "officer", "陈望舒", "demo-prison", "officer" },
    { "demo-officer-2", "officer2", "林知夏", "demo-prison", "officer" },
    { "demo-inspector", "inspector", "顾长宁", "demo-province", "officer" },
    { "demo-duty", "duty", "沈清和", "demo-city", "officer" },
    { "demo-admin", "admin", "周既明", GW_DEMO_UNIT, "administrator" },
    { "demo-admin-prison", "prison-admin", "吴念安", "demo-prison", "administrator" },
    { "demo-procurator", "procurator", "韩秉直", "demo-prison", "procurator" },
    { "demo-security", "security", "许慎行", GW_DEMO_UNIT, "security" },
    { "demo-auditor", "auditor", "方明察", GW_DEMO_UNIT, "auditor" },
    /* one at each tier; the county and the office are those of the first county */
    { "demo-inspector-ministry", "inspector-ministry", "云在天", GW_DEMO_UNIT, "inspector" },
    { "demo-inspector-province", "inspector-province", "水长东", "demo-province", "inspector" },
    { "demo-inspector-city", "inspector-city", "山为邻", "demo-city", "inspector" },
    { "demo-inspector-county", "inspector-county", "田可期", "demo-county-1", "inspector" },
    { "demo-office-staff", "office-1", "竹报安", "demo-office-1", "office" },
};

static JsonObject *
add_row(JsonArray *rows, const char *id, const char *name)
{
    JsonObject *row = json_object_new();

    json_object_set_string_member(row, "id", id);
    json_object_set_string_member(row, "name", name);
    json_array_add_object_element(rows, row);
    return row;
}

static void
add_unit(JsonArray *units, const char *id, Name name, const char *tier, const char *parent)
{
    JsonObject *row = add_row(units, id, name.zh);

    json_object_set_string_member(row, "name_en", name.en);
    json_object_set_string_member(row, "tier", tier);
    if (parent != NULL)
        json_object_set_string_member(row, "parent", parent);
}

static void
add_office(JsonArray *units, unsigned number)
{
    const Name *first = &firsts[number % G_N_ELEMENTS(firsts)];
    unsigned round = number / G_N_ELEMENTS(firsts);
    const Name *last = &lasts[round * LASTS_PER_ROUND + number % LASTS_PER_ROUND];
    g_autofree char *zh = g_strconcat(first->zh, last->zh, "司法所", NULL);
    g_autofree char *en = g_strconcat(first->en, last->en, " Office", NULL);
    g_autofree char *id = g_strdup_printf("demo-office-%u", number + 1);
    g_autofree char *county = g_strdup_printf("demo-county-%u", number % (unsigned)G_N_ELEMENTS(counties) + 1);

    add_unit(units, id, (Name){ zh, en }, "office", county);
}

static JsonArray *
make_units(void)
{
    JsonArray *units = json_array_new();

    add_unit(units, GW_DEMO_UNIT, (Name){ "司法部(演示)", "Ministry (demonstration)" }, "ministry", NULL);
    add_unit(units, "demo-province", (Name){ "安澜省司法厅", "Anlan Province" }, "province", GW_DEMO_UNIT);
    add_unit(units, "demo-prison", (Name){ "安澜省清溪监狱", "Qingxi Prison" }, "prison", "demo-province");
    add_unit(units, "demo-city", (Name){ "清溪市司法局", "Qingxi City" }, "city", "demo-province");
    for (unsigned i = 0; i < G_N_ELEMENTS(counties); i++) {
        g_autofree char *id = g_strdup_printf("demo-county-%u", i + 1);
        g_autofree char *zh = g_strconcat(counties[i].zh, "司法局", NULL);
        add_unit(units, id, (Name){ zh, counties[i].en }, "county", "demo-city");
    }
    for (unsigned i = 0; i < N_OFFICES; i++)
        add_office(units, i);
    return units;
}

static JsonArray *
make_persons(void)
{
    JsonArray *rows = json_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(people); i++) {
        JsonObject *row = add_row(rows, people[i].id, people[i].name);
        json_object_set_string_member(row, "display", people[i].display);
        json_object_set_string_member(row, "unit", people[i].unit);
        json_object_set_string_member(row, "role", people[i].role);
    }
    return rows;
}

static JsonArray *
make_terminals(void)
{
    JsonArray *rows = json_array_new();

    for (unsigned i = 1; i <= N_ROOMS; i++) {
        g_autofree char *id = g_strdup_printf("demo-room-%u", i);
        g_autofree char *name = g_strdup_printf("%u 号会见室", i);
        json_object_set_string_member(add_row(rows, id, name), "unit", "demo-prison");
    }
    return rows;
}

JsonObject *
gw_demo_make_check(int64_t now_ms)
{
    static const struct {
        const char *name, *value;
    } texts[] = { { "unit", "demo-city" }, { "kind", "unit" }, { "weighting", "days" } };
    JsonObject *params = json_object_new(), *plan = json_object_new();
    bool sealed = now_ms > 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        json_object_set_string_member(plan, texts[i].name, texts[i].value);
    json_object_set_string_member(plan, "client", sealed ? "demo-sealed" : "demo");
    json_object_set_string_member(plan, "name", sealed ? "节前突击检查" : "夜间值守突击检查");
    json_object_set_int_member(plan, "n", SPOT_CHECKED);
    if (sealed)
        json_object_set_int_member(plan, "opens_ms", now_ms + SEALED_FOR_MS);
    json_object_set_string_member(params, "person", "demo-inspector-city");
    json_object_set_object_member(params, "plan", plan);
    return params;
}

JsonObject *
gw_demo_make_people(void)
{
    JsonObject *data = json_object_new();

    json_object_set_array_member(data, "units", make_units());
    json_object_set_array_member(data, "people", make_persons());
    json_object_set_array_member(data, "terminals", make_terminals());
    return data;
}
