// Sum of two floats of EXP exponent and MAN mantissa bits, IEEE 754: to nearest even, subnormals in and out,
// infinities, NaN canonical (positive, quiet, no payload); a difference of zero is positive. Combinational.
//   EXP = 8, MAN = 23: a = 32'h3F800000 (1), b = 32'h33800000 (2^-24): sum = 32'h3F800000 (tie to even).
//   a = 32'h3F800001, b = 32'h33800000: sum = 32'h3F800002.   a = 32'h7F800000, b = 32'hFF800000: sum = 32'h7FC00000.
module fp_add #(
    parameter EXP = 8,
    parameter MAN = 23
) (
    input  wire [EXP+MAN:0] a,
    input  wire [EXP+MAN:0] b,
    output wire [EXP+MAN:0] sum
);
  localparam BITS = MAN + 3;  // significand, guard and round bit
  localparam STAGES = $clog2(BITS + 1);  // of a shift by 0..BITS

  // Magnitude codes order as their values do.
  wire swap = b[EXP+MAN-1:0] > a[EXP+MAN-1:0];
  wire sign = swap ? b[EXP+MAN] : a[EXP+MAN];
  wire subtract = a[EXP+MAN] ^ b[EXP+MAN];
  wire [EXP+MAN-1:0] greater = swap ? b[EXP+MAN-1:0] : a[EXP+MAN-1:0];
  wire [EXP+MAN-1:0] lesser = swap ? a[EXP+MAN-1:0] : b[EXP+MAN-1:0];
  wire greater_normal = |greater[MAN+:EXP];
  wire lesser_normal = |lesser[MAN+:EXP];
  // Fields less one, subnormals as field 1: the largest shift to the left.
  wire [EXP-1:0] room = greater[MAN+:EXP] - {{EXP - 1{1'b0}}, greater_normal};
  wire [EXP-1:0] distance = room - (lesser[MAN+:EXP] - {{EXP - 1{1'b0}}, lesser_normal});
  wire far = |distance[EXP-1:STAGES];

  reg [BITS-1:0] aligned;
  reg sticky;
  integer i;
  always @* begin
    aligned = far ? {BITS{1'b0}} : {lesser_normal, lesser[MAN-1:0], 2'b00};
    sticky = far && |{lesser_normal, lesser[MAN-1:0]};
    for (i = 0; i < STAGES; i = i + 1)
      if (distance[i]) begin
        sticky = sticky || |(aligned & ~({BITS{1'b1}} << (1 << i)));
        aligned = aligned >> (1 << i);
      end
  end

  wire [BITS:0] addend = {aligned, sticky};
  wire [BITS+1:0] total = {1'b0, greater_normal, greater[MAN-1:0], 3'b000} + {subtract, addend ^ {BITS + 1{subtract}}} +
      {{BITS + 1{1'b0}}, subtract};

  // Left until the leading bit is 1 or the field is that of subnormals.
  reg [BITS:0] bits;
  reg [EXP-1:0] left;
  integer j;
  always @* begin
    bits = total[BITS:0];
    left = room;
    for (j = STAGES - 1; j >= 0; j = j - 1)
      if (!(|(bits >> (BITS + 1 - (1 << j)))) && |(left >> j)) begin
        bits = bits << (1 << j);
        left = left - ({{EXP - 1{1'b0}}, 1'b1} << j);
      end
  end

  wire carry = total[BITS+1];
  wire [BITS:0] kept = carry ? {total[BITS+1:2], |total[1:0]} : bits;
  wire up = kept[2] && (kept[3] || |kept[1:0]);
  wire [EXP-1:0] field = carry ? room + {{EXP - 1{1'b0}}, 1'b1} : left & {EXP{kept[BITS]}};
  // The leading 1 adds one to the field, and so does a mantissa that rounds up to 2.
  wire [EXP+MAN-1:0] rounded = {field, {MAN{1'b0}}} + {{EXP - 1{1'b0}}, kept[BITS:3]} + {{EXP + MAN - 1{1'b0}}, up};

  wire nan = (&greater[MAN+:EXP] && |greater[MAN-1:0]) || (&lesser[MAN+:EXP] && subtract);
  wire infinite = &greater[MAN+:EXP] || &rounded[MAN+:EXP];
  wire zero = total == {BITS + 2{1'b0}};
  assign sum = nan ? {1'b0, {EXP + 1{1'b1}}, {MAN - 1{1'b0}}} :
      {sign && !(zero && subtract), infinite ? {{EXP{1'b1}}, {MAN{1'b0}}} : rounded};
endmodule
